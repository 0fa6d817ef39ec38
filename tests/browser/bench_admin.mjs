/*
 * bench_admin: how soon the page can be used with ten thousand phones in the store: part of `make bench-admin`.
 *
 * Times are taken in the page, from the key or the change of address to the frame after which nothing is fetched or busy any more.
 */
import {first, test, open, must} from './lib/test.mjs';
import {settled} from './lib/checks.mjs';
import {stage} from './lib/stage.mjs';
import {Person, call} from './lib/person.mjs';

const AT = 'https://10.20.0.1:9443/';
const PHONES = Number(process.env.PHONES || 10000);
const ROUNDS = 15;
const TYPED = 'meeting room 1';
const anna = new Person('anna');
let page;

const median = list => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

function verdict(took, limit_ms) {
    const ms = median(took);
    must(ms <= limit_ms, () => `${ms.toFixed(0)} ms at the median of ${took.length}, the limit is ${limit_ms} ms (${took.map(one => one.toFixed(0)).join(' ')})`);
    return `${ms.toFixed(0)} ms at the median of ${took.length}, limit ${limit_ms} ms`;
}

/** Goes to a route; milliseconds until this text stands there and so many rows do, in a frame, nothing being busy. */
function time_to(route, text, rows = 0) {
    return page.evaluate(([route, text, rows]) => new Promise(done => {
        const began = performance.now();
        const there = () => location.hash === `#${route}` && document.querySelector('h1') && document.querySelector('main').textContent.includes(text) &&
            document.querySelectorAll('main tbody tr').length >= rows && !document.querySelector('main [aria-busy="true"]');
        const look = () => requestAnimationFrame(() => there() ? done(performance.now() - began) : look());
        location.hash = route;
        look();
    }), [route, text, rows]);
}

first('an appliance with a crowd of phones', async () => {
    await stage.appliance({configured: true});
    const code = await stage.crowd({phones: PHONES});
    page = await open({at: AT});
    await anna.enter(page, code);
    await page.reload();
    await settled(page);
    return `${PHONES} phones`;
});

async function rounds(...where) {
    const took = [];
    for (let i = 0; i <= ROUNDS; i++) {
        await time_to('/logs', '');
        await settled(page);
        took.push(await time_to(...where));
    }
    return took.slice(1);       // the first one fetches the page's files
}

test('the overview can be used', async () => verdict(await rounds('/', `${PHONES.toLocaleString('en-GB')} phones`), 300));

test('the table can be used', async () => verdict(await rounds('/phones', `${PHONES.toLocaleString('en-GB')} phones`, 10), 300));

test('a key typed into the search shows what it finds', async () => {
    const took = [];
    await page.goto(`${AT}#/phones`);
    await settled(page);
    await page.locator('main input[type="search"], main input[type="text"]').first().focus();
    for (let n = 1; n <= TYPED.length; n++) {
        const wanted = TYPED.slice(0, n).trim();
        const found = page.evaluate(wanted => new Promise(done => {
            const input = document.activeElement;
            let began = 0;
            input.addEventListener('keydown', () => { began = performance.now(); }, {once: true});
            const answered = () => performance.getEntriesByType('resource').some(entry => entry.responseEnd > began &&
                /\/api\/v1\/phones\?/.test(entry.name) && new URL(entry.name).searchParams.get('text') === wanted);
            const look = () => {
                if (began && input.value.trim() === wanted && (answered() || performance.now() - began > 5000) && !document.querySelector('main [aria-busy="true"]'))
                    requestAnimationFrame(() => done(performance.now() - began));
                else
                    requestAnimationFrame(look);
            };
            requestAnimationFrame(look);
        }), wanted);
        await page.waitForTimeout(50);
        await page.keyboard.press(TYPED[n - 1] === ' ' ? 'Space' : TYPED[n - 1]);
        const ms = await found;
        if (TYPED[n - 1] !== ' ')
            took.push(ms);
        await page.evaluate(() => performance.clearResourceTimings());
    }
    const {body} = await call(page, 'GET', `/phones?text=${encodeURIComponent(TYPED)}&limit=1`);
    return `${verdict(took, 100)}; ${body.total} found in the end`;
});
