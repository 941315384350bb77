// What the share sheet does: the link and the text go to the clipboard, the picture is saved as it is or as pixels.
const copy = async text => {
  try { await navigator.clipboard.writeText(text); return; } catch { /* not allowed here: the old way */ }
  const area = document.createElement('textarea');
  area.value = text;
  (element.querySelector('dialog') || document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
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
    canvas.toBlob(done, 'image/png');
  };
  picture.onerror = failed;
  picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn(sheet))}`;
});
element.addEventListener('click', async event => {
  const button = event.target.closest('[data-copy], [data-save]');
  const sheet = button?.closest('.som-share');
  if (!sheet) return;
  if (button.dataset.copy === 'link') await copy(`${location.origin}${location.pathname}?${sheet.dataset.query}`);
  if (button.dataset.copy === 'text') await copy(sheet.dataset.text);
  if (button.dataset.save === 'svg') save(new Blob([drawn(sheet)], { type: 'image/svg+xml' }), 'shelf.svg');
  if (button.dataset.save === 'png') save(await pixels(sheet), 'shelf.png');
  if (button.dataset.copy) sheet.querySelector('[role="status"]').textContent = sheet.dataset.done;
});
// A shelf that came with the address was received; a reload need not open it again.
watch('value', () => {
  if (element.querySelector('[data-received]')) history.replaceState(null, '', location.pathname);
});
