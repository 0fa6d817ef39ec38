/*
 * test: how a file of tests says what it wants, and the browser it is given.
 *
 *   test('a phone appears by itself', async () => {…})       a sentence; what it returns is printed
 *   first('the appliance is on', async () => {…})            without it nothing that follows can hold
 *   const page = await open({language: 'de', dark: true})    a page in a context of its own; what it complains about is kept
 *   page.complaints                                          console errors, refusals of the Content-Security-Policy, foreign requests, failed loads
 */
import {createRequire} from 'node:module';

export const require = createRequire(`${process.env.PROVOST_PACKAGES}/`);
const {chromium} = require('playwright-core');

export const tests = [];
let browser = null;

export function test(title, body) {
    tests.push({title, body});
}

export function first(title, body) {
    tests.push({title, body, first: true});
}

/** A claim; what: what was found instead. */
export function must(condition, what) {
    if (!condition)
        throw new Error(typeof what === 'function' ? what() : what);
}

async function theBrowser() {
    browser ??= await chromium.launch({executablePath: '/usr/bin/chromium-headless-shell',
        args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server']});
    return browser;
}

export async function closeBrowser() {
    await browser?.close();
}

/** What all pages look like now, as files; their places. */
export async function pictures(name) {
    const pages = browser?.contexts().flatMap(context => context.pages()) ?? [];
    return Promise.all(pages.map(async (page, i) => {
        const path = `${process.env.PROVOST_LOGS}/failed-${name}-${i}.png`;
        return page.screenshot({path, timeout: 3000}).then(() => path, error => `no picture: ${error.message}`);
    }));
}

const LOCALES = {en: 'en-GB', de: 'de-DE'};
const WATCH = `
    window.__refused = [];
    document.addEventListener('securitypolicyviolation', event => window.__refused.push(event.violatedDirective + ' ' + event.blockedURI));
`;

/** A new page. kept: cookies and storage of page.context().storageState(). */
export async function open({at, language = 'en', dark = false, width = 1280, height = 800, kept, reduced = true} = {}) {
    const context = await (await theBrowser()).newContext({ignoreHTTPSErrors: true, locale: LOCALES[language], colorScheme: dark ? 'dark' : 'light',
        viewport: {width, height}, reducedMotion: reduced ? 'reduce' : 'no-preference', storageState: kept, timezoneId: 'Europe/Berlin'});
    await context.addInitScript(WATCH);
    const page = await context.newPage();
    page.setDefaultTimeout(30000);
    page.complaints = [];
    page.expected = [];
    page.requests = [];
    page.pending = new Set();
    for (const end of ['requestfinished', 'requestfailed'])
        page.on(end, request => page.pending.delete(request));
    page.on('console', message => {
        if (message.type() === 'error' || message.type() === 'warning' && /violat|refused/i.test(message.text()))
            complain(page, `console: ${message.text()} ${message.location()?.url ?? ''}`);
    });
    page.on('pageerror', error => complain(page, `exception: ${error.message}`));
    page.on('dialog', async dialog => {
        complain(page, `dialog: ${dialog.message()}`);
        await dialog.dismiss();
    });
    page.on('request', request => {
        const url = new URL(request.url());
        page.requests.push(request);
        if (!/\/api\/v1\/events/.test(request.url()))
            page.pending.add(request);
        if (at && url.origin !== new URL(at).origin && !['data:', 'blob:'].includes(url.protocol))
            complain(page, `foreign request: ${request.url()}`);
    });
    page.at = at;
    if (at)
        await page.goto(at);
    return page;
}

function complain(page, text) {
    if (!page.expected.some(pattern => pattern.test(text)))
        page.complaints.push(text);
}

/** What a page has complained about so far, which is nothing; forgets it. */
export async function quiet(page) {
    const refused = await page.evaluate('window.__refused.splice(0)').catch(() => []);
    const found = [...page.complaints.splice(0), ...refused.map(text => `Content-Security-Policy refused ${text}`)];
    must(!found.length, () => found.join('; '));
}

/** The page with these parts closes; its context with it. */
export async function close(...pages) {
    for (const page of pages)
        await page.context().close();
}
