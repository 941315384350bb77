// Buttons that stand at a place of a list: the server looks up what it offered there.
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-place]');
  if (button) trigger('click', { mark: button.dataset.mark, place: Number(button.dataset.place) });
});
