/*
 * test_injection: what others say is text on the page (issue 5, must show 6, the browser's side): payloads come in through DHCP host name and vendor
 * class, User-Agent, SIP, CSV, XML and the API, and every page that shows them runs none.
 *
 * Not: files, logs and the console: tests/site/test_admin_payloads.
 */
import {first, test, open, quiet, must} from './lib/test.mjs';
import {settled} from './lib/checks.mjs';
import {stage} from './lib/stage.mjs';
import {Person} from './lib/person.mjs';
import {words} from './lib/words.mjs';

const {ROUTES} = await import(`${process.env.PROVOST_WEB}/routes.js`);
const AT = 'https://10.20.0.1:9443/';
const EVERY = 12;
const TABS = ['', 'settings', 'details', 'evidence', 'secrets', 'receipts'];

const w = await words('en');
const anna = new Person('anna');
let page = null;
let planted = null;
let texts = 0;

/** What ran on the page: dialogs are complaints, a payload leaves window.provostNNNx, or an element of its own. */
async function nothing_ran(where) {
    await settled(page);
    const found = await page.evaluate(() => ({
        marks: Object.keys(window).filter(name => /^provost\d+x$/.test(name)),
        made: [...document.querySelectorAll('script:not([src^="/"]),iframe,object,embed,video,audio,marquee,math,base,meta[http-equiv],img:not([src^="/"]),[onerror],[onload],[onfocus],[onclick],' +
            '[onmouseover],[ontoggle],[onstart],[formaction],form[action],a[href^="javascript:" i],a[href^="data:" i]')].map(one => one.outerHTML.slice(0, 120)),
        texts: (document.body.innerText.match(/alert\(|<script|onerror=/gi) ?? []).length
            + [...document.querySelectorAll('input,textarea')].filter(one => /alert\(|<script|onerror=/i.test(one.value)).length,
    }));
    must(!found.marks.length && !found.made.length, () => `${where}: ran ${found.marks}; made ${found.made.slice(0, 5)}`);
    texts += found.texts;
    await quiet(page).catch(error => {
        throw new Error(`${where}: ${error.message}`);
    });
    return found.texts;
}

async function to(path) {
    await page.evaluate(path => {
        location.hash = `#${path}`;
    }, path);
    return nothing_ran(path);
}

first('payloads come in through seven ways', async () => {
    await stage.appliance({configured: true});
    planted = await stage.plant();
    page = await open({at: AT});
    await anna.enter(page, planted.code);
    await page.reload();
    await settled(page);
    return Object.entries(planted.counts).map(([way, n]) => `${way} ${n}`).join(', ');
});

test('the table of phones shows all of them, and searches for them, as text', async () => {
    await to('/phones');
    const table = page.locator('main table').first();
    const seen = new Set();
    for (let i = 0; i < 60 && seen.size < planted.macs.length; i++) {
        for (const text of await table.locator('tbody tr').allInnerTexts())
            seen.add(/([0-9A-F]{2}:){5}[0-9A-F]{2}/i.exec(text)?.[0]);
        await nothing_ran('/phones');
        await page.mouse.move(640, 500);
        await page.mouse.wheel(0, 600);
        await page.waitForTimeout(60);
    }
    must(seen.size > planted.macs.length / 2, () => `${seen.size} of ${planted.macs.length} phones were shown`);
    for (const text of ['<script>', '"><img src=x', 'javascript:', '{{constructor'])
        await to(`/phones?${new URLSearchParams({text})}`);
    return `${seen.size} rows`;
});

test('pages of phones: timeline, settings, details, evidence, secrets, receipts', async () => {
    let shown = 0;
    for (let n = 0; n < planted.macs.length; n += EVERY)
        for (const tab of n % (3 * EVERY) ? ['', 'details', 'evidence'] : TABS)
            shown += await to(`/phones/${planted.macs[n]}${tab && `?tab=${tab}`}`);
    must(shown > planted.macs.length / EVERY, () => `only ${shown} payloads were to be seen`);
    return `${shown} payloads shown as text`;
});

test('every other page, in both languages', async () => {
    for (const {path} of ROUTES)
        if (!path.includes(':'))
            await to(path);
    await page.getByLabel(w('shell.language')).selectOption('de');
    for (const path of ['/', '/phones', '/waiting', '/audit', '/logs', `/phones/${planted.macs[0]}?tab=evidence`])
        await to(path);
});

test('an address that somebody made up runs nothing', async () => {
    for (const text of ['/<img src=x onerror=alert(1)>', '/phones/<script>alert(1)</script>', '/phones?text="><script>alert(1)</script>', '/settings/profile/<svg onload=alert(1)>',
        '/phones/000413bb0001?tab=<script>alert(1)</script>', '/revisions/javascript:alert(1)', '//evil.example/', '/%2e%2e/%2e%2e/x']) {
        page.expected = [/status of 4\d\d/];
        await to(text).catch(error => {
            if (!/does not come to rest|Timeout/.test(error.message))
                throw error;
        });
    }
    page.expected = [];
    must(texts > 0, 'no payload was seen at all');
    return `${texts} times a payload was to be seen, 0 times it ran`;
});
