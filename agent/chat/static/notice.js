// What went wrong, for the drawer and the shelf: a press that the server refused.
watch('value', () => document.dispatchEvent(
  new CustomEvent('som-told', { detail: { role: 'alert', text: element.textContent.trim() } })));
