// Whether the engine can be reached: a banner while it cannot, and the page follows again once it can.
const alive = new URL('alive', (window.gradio_config?.root || document.baseURI).replace(/\/?$/, '/'));
const banner = element.querySelector('.som-offline');
let lost = false;
let timer = 0;

const show = missing => {
  if (lost && !missing) trigger('click');
  lost = missing;
  if (banner) banner.hidden = !missing;
};
const look = async () => {
  clearTimeout(timer);
  try {
    show(!(await fetch(alive, { cache: 'no-store' })).ok);
  } catch {
    show(true);
  }
  timer = setTimeout(look, lost ? 2000 : 15000);
};
show(false);
timer = setTimeout(look, 15000);
window.addEventListener('offline', () => show(true));
window.addEventListener('online', look);
