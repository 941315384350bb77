// What the share sheet does: the link and the text go to the clipboard, the picture is saved as it is or as pixels.
const copy = async text => {
  try { await navigator.clipboard.writeText(text); return; } catch { /* not allowed here: the old way */ }
  const area = document.createElement('textarea');
  area.value = text;
  (element.querySelector('dialog') || document.body).append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  if (!copied) throw new Error('nothing may be copied here');
};
const save = (blob, name) => {
  const link = Object.assign(document.createElement('a'), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
const drawn = sheet => new XMLSerializer().serializeToString(sheet.querySelector('.som-picture > svg'));
const pixels = sheet => new Promise((done, failed) => {
  const { width, height } = sheet.querySelector('.som-picture > svg').viewBox.baseVal;
  const canvas = Object.assign(document.createElement('canvas'), { width: width * 2, height: height * 2 });
  const picture = new Image();
  picture.onload = () => {
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(blob => blob ? done(blob) : failed(new Error('no picture was made')), 'image/png');
  };
  picture.onerror = failed;
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn(sheet))}`;
});
const hand = async (sheet, { copy: copied, save: saved }) => {
  if (copied === 'link') await copy(`${location.origin}${location.pathname}?${sheet.dataset.query}`);
  if (copied === 'text') await copy(sheet.dataset.text);
  if (saved === 'svg') save(new Blob([drawn(sheet)], { type: 'image/svg+xml' }), 'shelf.svg');
  if (saved === 'png') save(await pixels(sheet), 'shelf.png');
  return copied ? sheet.dataset.done : '';
};
element.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy], [data-save]');
  const sheet = button?.closest('.som-share');
  if (!sheet) return;
  const said = await hand(sheet, button.dataset).catch(() => sheet.dataset.failed);
  sheet.querySelector('[role="status"]').textContent = said;
});
// A shelf that came with the address was received; a reload need not open it again.
watch('value', () => {
  if (element.querySelector('[data-received]')) history.replaceState(null, '', location.pathname);
});
