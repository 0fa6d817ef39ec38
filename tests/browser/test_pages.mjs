/*
 * test_pages: what must hold for every page there is (issue 5, must show 2): each route of routes.js, and each that a link leads to.
 *
 * Not: what a page is for: test_tasks.
 */
import {first, test, open, close, quiet, must} from './lib/test.mjs';
import {axe, valid, fits, settled, walk, reachable} from './lib/checks.mjs';
import {furnish, CURRENT, WAITING} from './lib/site.mjs';
import {Person} from './lib/person.mjs';
import {words} from './lib/words.mjs';

const {ROUTES} = await import(`${process.env.PROVOST_WEB}/routes.js`);
const AT = 'https://10.20.0.1:9443/';
const MOST_BYTES = 150 * 1024;
const EXAMPLES = [...ROUTES.map(({path}) => path).filter(path => !path.includes(':')), `/phones/${CURRENT.toLowerCase()}`, `/phones/${WAITING.toLowerCase()}`, '/settings/site/-',
    ...['settings', 'details', 'evidence', 'secrets', 'receipts'].map(tab => `/phones/${CURRENT.toLowerCase()}?tab=${tab}`), '/settings/profile/sales', `/settings/phone/${CURRENT.toLowerCase()}`, '/revisions/1'];
// Of a route with parameters so many pages more are looked at.
const MOST_OF_A_ROUTE = 1;

const anna = new Person('anna');
let kept = null;
let page = null;
const visited = [];

const fits_route = (route, path) => new RegExp(`^${route.replace(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0]);

/** To another page without loading anew, as a link does. */
async function to(path, where = page) {
    await where.evaluate(path => {
        location.hash = `#${path}`;
    }, path);
    await settled(where);
}

first('an appliance with phones, and an owner', async () => {
    await furnish();
    page = await open({at: AT});
    await anna.enter(page);
    kept = await page.context().storageState();
    await page.reload();
    await settled(page);
    await quiet(page);
});

test('every page: axe-core finds nothing in light and dark, its HTML is valid, 320 px hold it, the console is silent', async () => {
    const waiting = [...EXAMPLES];
    const counts = {};
    const wrong = [];
    const note = error => wrong.push(error.message);
    while (waiting.length) {
        const path = waiting.shift();
        if (visited.includes(path))
            continue;
        visited.push(path);
        await to(path);
        must(await page.locator('h1').count() === 1, () => `${path} has another number of h1 than one`);
        await axe(page, `${path}, light`).catch(note);
        await valid(page, path).catch(note);
        await page.emulateMedia({colorScheme: 'dark'});
        await axe(page, `${path}, dark`, true).catch(note);
        await page.emulateMedia({colorScheme: 'light'});
        await page.setViewportSize({width: 320, height: 640});
        await settled(page);
        await fits(page, path).catch(note);
        await page.setViewportSize({width: 1280, height: 800});
        await quiet(page).catch(error => note(new Error(`${path}: ${error.message}`)));
        const links = await page.evaluate(() => [...document.querySelectorAll('a[href^="#/"]')].map(one => one.getAttribute('href').slice(1).split('?')[0]));
        for (const link of new Set(links)) {
            const route = ROUTES.find(one => fits_route(one.path, link))?.path;
            if (!route)
                wrong.push(`${path} has a link to ${link}, where no page is`);
            else if (!visited.includes(link) && !waiting.includes(link) && (counts[route] ??= 0) < MOST_OF_A_ROUTE) {
                counts[route]++;
                waiting.push(link);
            }
        }
    }
    const left = ROUTES.filter(({path}) => !visited.some(one => fits_route(path, one)));
    must(!left.length, () => `not visited: ${left.map(one => one.path)}`);
    must(!wrong.length, () => `${wrong.length} findings: ${wrong.join(' ## ')}`);
    return `${visited.length} pages`;
});

test('every page in German: no message is missing, the document says its language', async () => {
    const german = await open({at: AT, language: 'de', kept});
    const w = await words('de');
    for (const path of visited) {
        await to(path, german);
        await quiet(german).catch(error => {
            throw new Error(`${path}: ${error.message}`);
        });
    }
    must(await german.evaluate('document.documentElement.lang') === 'de', 'the document does not say that it is German');
    must(await german.getByRole('link', {name: w('nav.phones')}).first().isVisible(), 'the navigation is not German');
    await close(german);
    return `${visited.length} pages`;
});

test('the choice of a language and of colours holds', async () => {
    const w = await words('en');
    const other = await open({at: AT, kept});
    await settled(other);
    await other.getByLabel(w('shell.language')).selectOption('de');
    await other.getByLabel((await words('de'))('shell.theme')).selectOption('dark');
    await other.reload();
    await settled(other);
    const {lang, theme} = await other.evaluate(() => ({lang: document.documentElement.lang, theme: document.documentElement.dataset.theme}));
    must(lang === 'de' && theme === 'dark', () => `after reloading it is ${lang}, ${theme}`);
    const back = await other.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const [, ...rgb] = /(\d+), (\d+), (\d+)/.exec(back) ?? [];
    must(rgb.length === 3 && rgb.every(one => Number(one) < 80), () => `dark is ${back}`);
    await close(other);
});

test('the first page comes in at most 150 KiB, its content within a second', async () => {
    const fresh = await open({kept});
    const link = await fresh.context().newCDPSession(fresh);
    await link.send('Network.enable');
    const bytes = new Map();
    link.on('Network.loadingFinished', event => bytes.set(event.requestId, event.encodedDataLength));
    const urls = new Map();
    link.on('Network.requestWillBeSent', event => urls.set(event.requestId, event.request.url));
    const began = performance.now();
    await fresh.goto(AT, {waitUntil: 'commit'});
    await fresh.locator('main h1').waitFor();
    const seen = performance.now() - began;
    await settled(fresh);
    await new Promise(done => setTimeout(done, 500));
    const paint = await fresh.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime);
    const total = [...bytes.values()].reduce((sum, one) => sum + one, 0);
    await close(fresh);
    must(total <= MOST_BYTES, () => `${total} bytes of ${bytes.size} answers: ${[...bytes].sort((one, two) => two[1] - one[1]).slice(0, 8).map(([id, n]) => `${urls.get(id)} ${n}`).join(', ')}`);
    return `${(total / 1024).toFixed(1)} KiB in ${bytes.size} answers, first paint after ${paint?.toFixed(0)} ms, heading of the overview after ${seen.toFixed(0)} ms (target 1000 ms: ${seen < 1000 ? 'met' : 'missed'})`;
});

test('the Content-Security-Policy allows nothing unsafe and no other origin, on every kind of answer', async () => {
    const wrong = [];
    for (const path of ['', 'app.js', 'style/base.css', 'not/there', 'api/v1/session', 'api/v1/not-there', 'api/v1/openapi.yaml']) {
        const answer = await page.request.get(AT + path);
        const policy = answer.headers()['content-security-policy'] ?? '';
        if (!/default-src 'none'/.test(policy) || /unsafe-|https?:|\*/.test(policy))
            wrong.push(`/${path} (${answer.status()}): ${policy || 'none'}`);
        for (const [name, value] of [['x-content-type-options', /nosniff/], ['referrer-policy', /no-referrer/], ['strict-transport-security', /max-age=\d{7,}/],
            ['cross-origin-opener-policy', /same-origin/], ['cross-origin-resource-policy', /same-origin/]])
            if (!value.test(answer.headers()[name] ?? ''))
                wrong.push(`/${path}: ${name} is ${answer.headers()[name]}`);
    }
    must(!wrong.length, () => wrong.join('; '));
});

test('the keyboard reaches everything, sees where it is, and can skip the navigation', async () => {
    const w = await words('en');
    const wrong = [];
    for (const path of ['/', '/phones', `/phones/${CURRENT.toLowerCase()}`, '/waiting', '/network', '/users']) {
        await to(path);
        const found = await walk(page);
        const there = await reachable(page);
        if (found[0]?.name !== w('shell.skip'))
            wrong.push(`${path}: the first stop is "${found[0]?.name}"`);
        if (found.length < there - 1)
            wrong.push(`${path}: ${found.length} of ${there} are reached`);
        wrong.push(...found.filter(one => !one.shown || !one.visible).map(one => `${path}: nobody sees the focus at ${one.tag} "${one.name}"`));
    }
    must(!wrong.length, () => wrong.join('; '));
});

test('nothing was asked of another origin', async () => {
    const foreign = page.requests.map(one => new URL(one.url())).filter(url => url.origin !== new URL(AT).origin && url.protocol !== 'data:' && url.protocol !== 'blob:');
    must(page.requests.length > 50 && !foreign.length, () => `${page.requests.length} requests, ${foreign.map(String)}`);
    return `${page.requests.length} requests`;
});
