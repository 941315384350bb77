// The drawer is a modal dialog: the browser keeps the focus in it, Escape closes it, and the page behind it is inert.
// A press in it draws it anew: the focus stays where it was. What the page would say behind it is said in it.
const at = button => `button[data-kind="${button.dataset.kind}"][data-rank="${button.dataset.rank}"]`;
let opener = null;
let back = '';
let inside = null;
let told = {};

const tell = () => element.querySelectorAll('dialog[open] .som-told [role]').forEach(line => {
  const text = told[line.role] ?? '';
  if (line.textContent !== text) line.textContent = text;
});
const remember = () => {
  opener = document.activeElement;
  back = opener?.dataset.kind ? `#som-main ${at(opener)}` : '';
  told = {};
};
const closed = drawer => {
  inside = null;
  if (!element.contains(drawer)) return;
  const found = opener?.isConnected ? opener : back && document.querySelector(back);  // the shelf may be a new one
  if (found) found.focus({ preventScroll: true });
};
const show = () => {
  const drawer = element.querySelector('dialog');
  if (!drawer || drawer.open) return;
  if (!inside) remember();
  const held = inside && !inside.includes('"open"') && drawer.querySelector(inside);
  if (held) {
    drawer.querySelector('[autofocus]')?.removeAttribute('autofocus');
    held.autofocus = true;
  }
  drawer.addEventListener('close', () => closed(drawer));
  drawer.showModal();
  if (!held) drawer.querySelector('.som-drawer-body').scrollTop = 0;  // another item's page, from its beginning
  setTimeout(tell, 100);  // a region is heard when it was there before its words
};
document.addEventListener('som-told', ({ detail }) => {
  if (detail.role === 'alert' && detail.text) told = {};  // what was done before is no longer the news
  told[detail.role] = detail.text;
  tell();
});
element.addEventListener('click', event => {
  const drawer = element.querySelector('dialog');
  if (event.target === drawer || event.target.closest('[data-close]')) { drawer?.close(); return; }
  const button = event.target.closest('button[data-kind]');
  if (!button) return;
  const { shelf, rank, kind } = button.dataset;
  if (kind === 'talk' || kind === 'more') drawer?.close();
  else inside = at(button);
  if (kind === 'open') told = {};
  trigger(kind === 'more' ? 'select' : kind === 'talk' ? 'submit' : 'click', { shelf, rank: Number(rank), kind });
});
element.addEventListener('error', event => {
  if (event.target.matches('img.som-photo')) event.target.remove();
}, true);
watch('value', show);
