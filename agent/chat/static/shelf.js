// A press shows at once, before the server has answered; the server's answer then replaces it. Where the
// server says what went wrong instead, the mark of the press is taken back.
// The shelf is drawn anew when a reason arrives: what was opened stays open, and the focus stays where it was.
const open = new Set();
let held = null;
let marked = [];
const place = button => `button[data-kind="${button.dataset.kind}"][data-rank="${button.dataset.rank}"]`;
// The same button, or the title of its card where it is gone: what was undone has no undo any more.
const again = () => element.querySelector(held) ?? element.querySelector(held.replace(/kind="\w+"/, 'kind="open"'));
const mark = (place, name, value) => {
  marked.push([place, name, place.getAttribute(name)]);
  place.setAttribute(name, value);
};

document.addEventListener('som-told', ({ detail }) => {
  if (detail.role !== 'alert' || !detail.text) return;
  marked.reverse().forEach(([place, name, before]) => place.setAttribute(name, before));
  marked = [];
});
element.addEventListener('click', event => {
  const button = event.target.closest('button[data-kind]');
  if (!button) return;
  const { shelf, rank, kind, deed } = button.dataset;
  if (button.hasAttribute('aria-pressed')) mark(button, 'aria-pressed', 'true');
  if (kind === 'dismiss' || kind === 'like') mark(button.closest('.som-card'), 'data-opinion', kind);
  held = place(button);
  trigger(kind === 'more' ? 'select' : 'click', { shelf, rank: Number(rank), kind, deed });
});
element.addEventListener('toggle', event => {
  const key = event.target.dataset.why;
  if (event.target.open) open.add(key); else open.delete(key);
}, true);
element.addEventListener('focusout', () => { if (document.hasFocus()) setTimeout(() => {
  if (element.contains(document.activeElement)) held = null; }); });
element.addEventListener('error', event => {
  if (event.target.matches('img.som-photo')) event.target.remove();
}, true);
let known = null;
const calm = matchMedia('(prefers-reduced-motion: reduce)');
watch('value', () => {
  // Whoever had scrolled down the last shelf sees the next one from its first card.
  const shown = element.querySelector('[data-shelf]')?.dataset.shelf;
  const above = element.getBoundingClientRect().top < 0;
  if (known && shown && shown !== known && above) element.scrollIntoView({ behavior: calm.matches ? 'auto' : 'smooth' });
  known = shown ?? known;
  marked = [];
  const keep = new Set(open);
  element.querySelectorAll('details[data-why]').forEach(each => { each.open = keep.has(each.dataset.why); });
  if (held && document.activeElement === document.body) again()?.focus({ preventScroll: true });
});
