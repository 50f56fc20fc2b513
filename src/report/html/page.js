'use strict';
(() => {
  const bar = document.getElementById('filter');
  if (!bar) return;
  const search = document.getElementById('search');
  const found = document.getElementById('found');
  const buttons = [...bar.querySelectorAll('button')];
  const plain = (text) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const groups = [...document.querySelectorAll('section.kind')].map((section) => ({
    section,
    kind: section.dataset.kind,
    cards: [...section.querySelectorAll('.card')].map((card) => ({
      card,
      name: plain(card.querySelector('.who').textContent),
    })),
  }));
  const all = groups.reduce((sum, group) => sum + group.cards.length, 0);
  let kind = '';

  const show = () => {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const group of groups) {
      const wanted = !kind || group.kind === kind;
      let here = 0;
      for (const { card, name } of group.cards) {
        const fits = wanted && words.every((word) => name.includes(word));
        if (card.hidden === fits) card.hidden = !fits;
        here += fits;
      }
      group.section.hidden = !here;
      shown += here;
    }
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
    found.textContent = !shown ? 'Nobody fits.' : shown < all ? `${shown} of ${all} people` : '';
  };

  const clear = () => {
    search.value = '';
    kind = '';
    show();
  };

  for (const button of buttons) {
    button.addEventListener('click', () => {
      kind = kind === button.dataset.kind ? '' : button.dataset.kind;
      show();
    });
  }
  search.addEventListener('input', show);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === '/' && document.activeElement !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape') {
      clear();
    }
  });
  // Who follows a link to a card that the filter hides wants to see it.
  addEventListener('hashchange', () => {
    const card = document.getElementById(location.hash.slice(1));
    if (card?.closest('[hidden]')) {
      clear();
      card.scrollIntoView();
    }
  });
  bar.hidden = false;
  show();
})();
