/** Pages as a person has them: a language, a theme, a width; and what went wrong in them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { en } from '../src/i18n/en.ts';
import { ru } from '../src/i18n/ru.ts';
import { type Program, skipReason } from './program.ts';

type Language = 'en' | 'ru';
type Theme = 'light' | 'dark';

export const words = { en, ru } as const;
export const wide = { width: 1440, height: 900 } as const;
export const phone = { width: 390, height: 844 } as const;
export const smallPhone = { width: 360, height: 740 } as const;

export interface Look {
  readonly language?: Language;
  readonly theme?: Theme;
  readonly size?: { readonly width: number; readonly height: number };
  /** Console errors that belong to the test: a refused request is one. */
  readonly expected?: RegExp;
}

interface Visit extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly goto: (path: string) => Promise<void>;
}

/** Opens a page; at the end fails the test when the page threw or complained in the console. */
export async function visit(program: Program, look: Look = {}): Promise<Visit> {
  const { language = 'en', theme = 'dark', size = wide, expected } = look;
  const context = await program.browser.newContext({
    viewport: size,
    colorScheme: theme,
    locale: language === 'ru' ? 'ru-RU' : 'en-GB',
    timezoneId: 'Europe/Moscow',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    const text = `${message.text()} (${message.location().url})`;
    if (expected?.test(text) !== true) complaints.push(text);
  });
  return {
    page,
    context,
    goto: async (path) => {
      await page.goto(program.url + path);
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      assert.deepEqual(complaints, [], 'the console holds no errors');
    },
  };
}

const skip = skipReason();

/**
 * A test that needs Chromium. When it fails and the console complains as well, the failure is what is reported and the
 * complaints are printed: disposal would otherwise hide the one behind the other.
 */
export function scenario(name: string, body: (context: TestContext) => Promise<void>): void {
  test(name, { skip }, async (context) => {
    try {
      await body(context);
    } catch (error) {
      if (!(error instanceof SuppressedError)) throw error;
      context.diagnostic(String(error.error));
      throw error.suppressed;
    }
  });
}

/** A sentence of the UI with its gaps filled. */
export function say(text: string, gaps: Readonly<Record<string, string | number>> = {}): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(gaps[name] ?? ''));
}

/** Fails when the page can be scrolled sideways, naming what sticks out. */
export async function assertNoSidewaysScroll(page: Page, what: string): Promise<void> {
  const found = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return null;
    const out = [...document.querySelectorAll('body *')].filter((one) => one.getBoundingClientRect().right > width + 1);
    return out.slice(0, 5).map((one) => `${one.tagName}.${String(one.className)}`);
  });
  assert.equal(found, null, `${what} scrolls sideways because of ${String(found)}`);
}

/** The parameter of the page's address. */
export function param(page: Page, name: string): string | null {
  return new URL(page.url()).searchParams.get(name);
}
