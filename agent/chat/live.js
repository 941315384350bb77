// What just happened, for those who hear the page: a region that is there before it says anything.
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
// Whoever has a keyboard may begin to write, without the page moving; on a phone its keyboard would hide the page.
if (matchMedia('(pointer: fine)').matches && document.activeElement === document.body) {
  document.querySelector('#som-message textarea')?.focus({ preventScroll: true });
}
