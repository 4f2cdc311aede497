// The page in a real browser: it draws, selects, zooms, filters and is used by keyboard, without a word on the console.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { pageText } from '../../../cli/page/html.ts';
import { pageScript } from '../../../cli/page/report-file.ts';
import { parseHistory } from '../../../scenarios/history/history.ts';
import { GOOD, recordedText } from '../../support/oracle.ts';
import { LOCKS, manyTimes, recordedRun, reportedOf } from '../../support/reported.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import type { Reported } from '../../../cli/page/html.ts';

const { path, why } = inject('chromium');
const NAME = 'coordinator-crash-before-decision';
const HOSTILE = `</script><script>window.hacked=1</script><img src=x onerror="window.hacked=2">`;

let browser: Browser;
let page: Page;
let said: string[];

beforeAll(async () => {
  if (path === null) return;
  browser = await chromium.launch({ executablePath: path, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
});
afterAll(async () => {
  if (path !== null) await browser.close();
});
afterEach(async () => {
  if (path === null) return;
  const errors = said;
  await page.context().close();
  expect(errors).toEqual([]);
});

interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly javaScriptEnabled?: boolean;
}

async function open(run: Reported, look: Look = {}): Promise<Page> {
  const file = join(tempFolder('txlab-page-'), 'report.html');
  const text = pages.get(run) ?? pageText({ ...run, script: pageScript() });
  pages.set(run, text);
  writeFileSync(file, text);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...look });
  page = await context.newPage();
  said = [];
  page.on('console', (message) => void said.push(message.text()));
  page.on('pageerror', (error) => void said.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) said.push(`asked for ${request.url()}`);
  });
  await page.goto(`file://${file}`);
  return page;
}

/** Made once for all who open them. */
const pages = new Map<Reported, string>();
const crash = recordedRun(NAME);
const diagram = () => page.locator('#diagram');
const items = () => page.locator('#diagram g.i');
const data = () => page.locator('#data').innerText();
const tick = () => page.locator('#diagram .time').allTextContents();

/** The mean of `rgb(r, g, b)`. */
function lightness(colour: string): number {
  const parts = (colour.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  return parts.reduce((sum, part) => sum + part, 0) / 3;
}

/** For a developer who wants to see what the browser saw. */
async function keepPicture(name: string): Promise<void> {
  const folder = process.env['TXLAB_PICTURES'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

describe.skipIf(path === null)(`the page${why === '' ? '' : ` (${why})`}`, () => {
  test('draws in the browser what it holds without a script', async () => {
    await open(crash, { javaScriptEnabled: false });
    const bare = await items().count();
    await page.context().close();
    await open(crash);
    await page.keyboard.press('Tab');
    await diagram().focus();
    await page.keyboard.press('t');
    await expect.poll(() => items().count()).toBe(bare);
    expect(bare).toBeGreaterThan(20);
    await keepPicture('light');
  });

  test.each(['light', 'dark'] as const)('is readable in the %s', async (colorScheme) => {
    await open(crash, { colorScheme });
    const colours = await page.evaluate<{ readonly paper: string; readonly ink: string }>(
      `(({ backgroundColor, color }) => ({ paper: backgroundColor, ink: color }))(getComputedStyle(document.body))`,
    );
    const [paper, ink] = [colours.paper, colours.ink].map(lightness) as [number, number];
    expect(colorScheme === 'light' ? paper - ink : ink - paper).toBeGreaterThan(150);
    await keepPicture(colorScheme);
  });

  test('shows the data of the event that is clicked, and forgets it with Escape', async () => {
    await open(crash);
    await page.locator('#diagram g.i.crash').first().click({ force: true });
    await expect.poll(data).toMatch(/^crash kill/);
    expect(await data()).toContain('"fault": "kill"');
    await expect.poll(() => page.locator('#diagram g.i.chosen').count()).toBe(1);
    await diagram().focus();
    await page.keyboard.press('Escape');
    await expect.poll(data).toMatch(/^Choose an event/);
  });

  test('zooms and moves by keys, by buttons and by the wheel', async () => {
    await open(crash);
    await diagram().focus();
    const before = await tick();
    await page.keyboard.press('+');
    await expect.poll(tick).not.toEqual(before);
    const near = await tick();
    await page.keyboard.press('ArrowRight');
    await expect.poll(tick).not.toEqual(near);
    await page.keyboard.press('0');
    const count = await items().count();
    await page.keyboard.press('t');
    await expect.poll(tick).toEqual(before);
    await page.getByText('whole run', { exact: true }).click();
    await expect.poll(() => items().count()).toBeGreaterThanOrEqual(count);
    const whole = await tick();
    await diagram().hover();
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -300);
    await page.keyboard.up('Control');
    await expect.poll(tick).not.toEqual(whole);
  });

  test('goes from event to event of the subject by keys', async () => {
    await open(crash);
    await diagram().focus();
    await page.keyboard.press('n');
    await expect.poll(data).toContain(crash.verdict.target?.tx ?? 'no target');
    const first = await data();
    await page.keyboard.press('n');
    await expect.poll(data).not.toBe(first);
    await page.keyboard.press('p');
    await expect.poll(data).toBe(first);
  });

  test('filters by subject and by kind', async () => {
    await open(crash);
    const all = await items().count();
    await page.getByLabel('alone').check();
    await expect.poll(() => items().count()).toBeLessThan(all);
    expect(await page.locator('#diagram g.i.dim').count()).toBe(0);
    await page.getByLabel('alone').uncheck();
    await page.getByLabel('messages').uncheck();
    await expect.poll(() => page.locator('#diagram g.i.message').count()).toBe(0);
    await diagram().focus();
    await page.keyboard.press('/');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('coordinator.1.3');
    await page.keyboard.press('Enter');
    await diagram().focus();
    await page.keyboard.press('n');
    await expect.poll(data).toContain('coordinator.1.3');
  });

  test('leads from a finding to its event in the diagram', async () => {
    await open(recordedRun('redlock-pause-past-ttl', LOCKS));
    const link = page.locator('.finding.violated a[data-event]').first();
    const text = (await link.innerText()).replace(/\s+/g, ' ');
    await link.press('Enter');
    await expect.poll(async () => (await data()).replaceAll(/\s+/g, ' ')).toContain(text);
    await expect.poll(() => page.locator('#diagram g.i.chosen').count()).toBe(1);
    await keepPicture('locks');
  });

  test('shows a hostile name as text', async () => {
    const hostile = recordedText(GOOD, NAME).replaceAll('participant-1', JSON.stringify(HOSTILE).slice(1, -1));
    await open({ ...reportedOf(parseHistory(hostile), NAME), commands: [HOSTILE], manifest: { [HOSTILE]: HOSTILE } });
    await diagram().focus();
    for (const key of ['0', 'n', 'n', '+', 'n']) await page.keyboard.press(key);
    await page.locator('#diagram g.lane').first().waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('#diagram .lane title').allTextContents()).toContain(HOSTILE);
  });

  test('holds 10,000 events, and is still used by keys', async () => {
    await open(reportedOf(manyTimes(crash.history, 10), NAME));
    const near = await tick();
    await diagram().focus();
    await page.keyboard.press('0');
    await expect.poll(tick).not.toEqual(near);
    expect(await items().count()).toBeGreaterThan(500);
    await page.keyboard.press('t');
    await page.keyboard.press('n');
    await expect.poll(data).toContain(crash.verdict.target?.tx ?? 'no target');
    await keepPicture('long');
  });

  test('prints without its tools', async () => {
    await open(crash);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.tools').isVisible()).toBe(false);
    expect(await page.locator('#data').isVisible()).toBe(false);
    expect(await diagram().isVisible()).toBe(true);
    await keepPicture('print');
  });
});
