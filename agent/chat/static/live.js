// What just happened, for those who hear the page: a region that is there before it says anything.
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
// Where there is a keyboard, the message has the focus, without the page moving; on a phone its keyboard would hide the page.
const ready = () => {
  const box = document.querySelector('#som-message textarea');
  if (!box) setTimeout(ready, 100);
  else if (document.activeElement === document.body) box.focus({ preventScroll: true });
};
if (matchMedia('(pointer: fine)').matches) {
  setTimeout(ready, 100);
  // What had the focus is gone, as an opener or Stop are once they were pressed: one goes on with the message.
  document.addEventListener('focusout', ({ target }) => setTimeout(() => {
    if (document.hasFocus() && !target.checkVisibility?.()) ready();
  }, 300));
}
watch('value', () => document.dispatchEvent(
  new CustomEvent('som-told', { detail: { role: 'status', text: element.textContent.trim() } })));
