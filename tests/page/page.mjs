// The page for a reviewer, looked at in headless Chromium as its readers do: from a file, in light and dark, on a desk
// and on a phone, with a keyboard, without scripts, and on paper. SHOTS names a folder for screenshots.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { HOSTILE, pages, tidy } from './repository.mjs';

const program = process.env.CHROMIUM ?? '/usr/bin/chromium';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.SHOTS;
const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];
const made = {};
let browser;

before(async () => {
  assert.ok(existsSync(program), `no browser at ${program}: apt-get install chromium, or name one in CHROMIUM`);
  if (shots) mkdirSync(shots, { recursive: true });
  for (const [name, make] of Object.entries(pages)) made[name] = make();
  // Playwright gives it a user-data-dir of its own, and removes it at the end.
  browser = await chromium.launch({ executablePath: program, headless: true, args: flags });
});

after(async () => {
  await browser?.close();
  tidy();
});

// A page as somebody new sees it; whatever it complains of, or asks the network for, fails the test.
async function open(file, options, look) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  try {
    const complaints = [];
    const address = pathToFileURL(file).href;
    await context.addInitScript(() => {
      window.violations = [];
      addEventListener('securitypolicyviolation', (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    });
    const page = await context.newPage();
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url().split('#')[0] !== address && request.url() !== 'data:,') complaints.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    await look(page);
    if (options.javaScriptEnabled !== false) {
      complaints.push(...(await page.evaluate(() => window.violations)));
      if (await page.evaluate(() => 'hit' in window)) complaints.push('a script from data ran');
    }
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
const visible = (page, selector) => page.locator(`${selector}:visible`).count();
// What is off the screen is not drawn before it is scrolled to; checks and pictures are of everything.
const drawn = (page) => page.addStyleTag({ content: '.card { content-visibility: visible !important } .filter { position: static !important }' });

// Not on the large page: its cards are those of the others, and contrast alone would take minutes there.
for (const name of Object.keys(pages).filter((name) => name !== 'large')) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${name}, ${colorScheme}: nothing for axe, no scrolling sideways`, async () => {
      await open(made[name].path, { colorScheme, bypassCSP: true }, async (page) => {
        await drawn(page);
        await page.evaluate(axe);
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 900 });
          assert.ok((await overflow(page)) <= 0, `scrolls sideways at ${width} px`);
          const { violations, passes } = await page.evaluate(() => window.axe.run(document));
          const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`)}`);
          assert.deepEqual(told, [], `at ${width} px`);
          assert.ok(passes.some(({ id }) => id === 'color-contrast'), 'contrast was not checked');
          if (shots) await page.screenshot({ path: join(shots, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        }
      });
    });
  }
}

test('the policy and the script hold on every page', async () => {
  for (const name of Object.keys(pages)) {
    await open(made[name].path, {}, async (page) => {
      const people = await page.locator('.card').count();
      assert.equal(await visible(page, '#filter'), people ? 1 : 0, name);
    });
  }
});

test('filter, search and keyboard', async () => {
  await open(made.realistic.path, {}, async (page) => {
    const all = await page.locator('.card').count();
    const kinds = await page.locator('section.kind').evaluateAll((sections) => sections.map((section) => section.dataset.kind));
    assert.deepEqual(kinds, ['blocked', 'departure', 'adoption', 'conflict', 'drift', 'change']);

    const drift = page.getByRole('button', { name: 'Drift' });
    await drift.click();
    assert.equal(await drift.getAttribute('aria-pressed'), 'true');
    assert.equal(await visible(page, '.card'), 2);
    assert.equal(await page.getByRole('status').textContent(), `2 of ${all} people`);
    await page.keyboard.press('Escape');
    assert.equal(await visible(page, '.card'), all);
    assert.equal(await drift.getAttribute('aria-pressed'), 'false');

    await page.keyboard.press('/');
    await page.keyboard.type('OMAR had');
    assert.deepEqual(await page.locator('.card:visible h3').allTextContents(), ['Omar Haddad']);
    await page.keyboard.press('Escape');
    await page.keyboard.type('نور');
    assert.deepEqual(await page.locator('.card:visible h3').allTextContents(), ['نورة السويدي']);
    await page.keyboard.press('Escape');
    await page.keyboard.type('nobody of that name');
    assert.equal(await page.getByRole('status').textContent(), 'Nobody fits.');
    assert.equal(await visible(page, 'section.kind'), 0);
    await page.keyboard.press('Escape');
    assert.equal(await visible(page, '.card'), all);
  });
  await open(made.realistic.path, {}, async (page) => {
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the people' });
    assert.ok(await skip.evaluate((link) => link === document.activeElement && link.getBoundingClientRect().width > 50));
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'people');
    for (let at = 0; at < 30; at++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement.tagName === 'BUTTON')) break;
    }
    const outline = () => page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(await outline(), 'solid');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    assert.equal(await visible(page, '.card'), 1);
  });
});

test('without scripts it is a whole page', async () => {
  await open(made.realistic.path, { javaScriptEnabled: false }, async (page) => {
    assert.equal(await visible(page, '#filter'), 0);
    assert.equal(await visible(page, '.card'), await page.locator('.card').count());
  });
});

test('what is Arabic runs from right to left, and says so', async () => {
  await open(made.realistic.path, {}, async (page) => {
    const arabic = page.locator('[lang="ar"]');
    assert.ok((await arabic.count()) >= 8);
    for (const part of await arabic.all()) assert.equal(await part.evaluate((part) => getComputedStyle(part).direction), 'rtl');
    const sara = page.locator('#agent-sara-khan');
    assert.equal(await sara.locator('.before [lang="ar"] .position del').textContent(), 'مستشارة مبيعات أولى');
    assert.equal(await sara.locator('.after [lang="ar"] .position ins').textContent(), 'مديرة مشاركة');
    assert.equal(await sara.locator('table td[dir="rtl"] del').count(), 1);
  });
});

test('on paper everything stands there, whatever was filtered', async () => {
  await open(made.realistic.path, { bypassCSP: true }, async (page) => {
    const all = await page.locator('.card').count();
    await page.getByRole('button', { name: 'Blocked' }).click();
    assert.equal(await visible(page, '.card'), 1);
    await page.locator('details').evaluateAll((all) => all.forEach((details) => (details.open = false)));
    await page.emulateMedia({ media: 'print' });
    assert.equal(await visible(page, '.card'), all);
    assert.equal(await visible(page, '#filter'), 0);
    assert.ok(await page.locator('details li').first().evaluate((item) => item.getBoundingClientRect().height > 0));
    const styles = await page.locator('.card').evaluateAll((cards) => cards.map((card) => getComputedStyle(card)).map(({ breakInside, contentVisibility }) => `${breakInside} ${contentVisibility}`));
    assert.deepEqual([...new Set(styles)], ['avoid visible']);
    assert.match(await page.locator('.who a').first().evaluate((link) => getComputedStyle(link, '::after').content), /github\.com/);
    const paper = await page.pdf({ format: 'A4', ...(shots && { path: join(shots, 'realistic.pdf') }) });
    assert.ok(paper.length > 10_000);
  });
});

test('hostile strings are text, and all of them are there', async () => {
  await open(made.hostile.path, {}, async (page) => {
    const text = await page.locator('body').evaluate((body) => body.textContent);
    for (const said of HOSTILE.slice(0, 6)) assert.ok(text.includes(said), said);
    assert.ok(text.includes('\\u{202e}gnp.exe\\u{2066} \\u{200b}\\u{7} end'));
    assert.equal(await page.locator('img, iframe, object, embed, form, base, body script ~ script').count(), 0);
    const links = await page.locator('a[href]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    for (const link of links) assert.match(link, /^(https:\/\/github\.com\/palmgate\/agents\/|#)/);
  });
});

test('3,000 people are still a page', async () => {
  await open(made.large.path, {}, async (page) => {
    assert.equal(await page.locator('.card').count(), 3000);
    const { domContentLoadedEventEnd: ready } = await page.evaluate(() => performance.getEntriesByType('navigation')[0].toJSON());
    const filtered = await page.evaluate(async () => {
      const search = document.getElementById('search');
      const start = performance.now();
      search.value = 'a2999.yaml';
      search.dispatchEvent(new Event('input'));
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - start;
    });
    assert.equal(await visible(page, '.card'), 1);
    console.log(`3,000 people: ${(made.large.html.length / 1e6).toFixed(1)} MB, ready after ${ready.toFixed(0)} ms, filtered in ${filtered.toFixed(0)} ms`);
    assert.ok(ready < 10_000, `ready after ${ready} ms`);
    assert.ok(filtered < 2_000, `filtered in ${filtered} ms`);
    assert.ok((await overflow(page)) <= 0, 'scrolls sideways');
  });
});
