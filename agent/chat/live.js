// What just happened, for those who hear the page: a region that is there before it says anything.
element.setAttribute('role', 'status');
element.setAttribute('aria-live', 'polite');
