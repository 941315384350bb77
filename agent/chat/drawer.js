// The drawer is a modal dialog: the browser keeps the focus in it, Escape closes it, and the page behind it rests.
let opener = null;

const show = () => {
  const drawer = element.querySelector('dialog');
  if (!drawer || drawer.open) return;
  if (!opener || !element.contains(document.activeElement)) opener = document.activeElement;
  drawer.addEventListener('close', () => {
    if (element.contains(drawer) && opener?.isConnected) opener.focus({ preventScroll: true });
  });
  drawer.showModal();
};
element.addEventListener('click', event => {
  const drawer = element.querySelector('dialog');
  if (event.target === drawer || event.target.closest('[data-close]')) { drawer?.close(); return; }
  const button = event.target.closest('button[data-kind]');
  if (!button) return;
  const { shelf, rank, kind } = button.dataset;
  if (kind === 'talk' || kind === 'more') drawer?.close();
  trigger(kind === 'more' ? 'select' : kind === 'talk' ? 'submit' : 'click', { shelf, rank: Number(rank), kind });
});
element.addEventListener('error', event => {
  if (event.target.matches('img.som-photo')) event.target.remove();
}, true);
watch('value', show);
