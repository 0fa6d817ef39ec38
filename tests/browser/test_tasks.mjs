/*
 * test_tasks: each page's main task once, in English and in German, with what the appliance has of it afterwards.
 *
 * Not: everything a page can do, and who may.
 */
import {first, test, open, quiet, must} from './lib/test.mjs';
import {settled} from './lib/checks.mjs';
import {stage, ctl} from './lib/stage.mjs';
import {furnish, CURRENT, SECOND, WAITING, SEEN} from './lib/site.mjs';
import {Person, call} from './lib/person.mjs';
import {words, labelled} from './lib/words.mjs';
import {picture as take} from './lib/guide.mjs';

const AT = 'https://10.20.0.1:9443/';
const low = mac => mac.toLowerCase();
const colons = mac => mac.match(/../g).join(':');

const anna = new Person('anna');
const books = {en: await words('en'), de: await words('de')};
const pages = {};
// Whose picture is taken at a better moment than the end.
const inside = new Set(['/', '/phones', '/waiting']);

first('an appliance with phones, and an owner', async () => {
    await furnish();
    const page = await open({at: AT});
    await anna.enter(page);
    const kept = await page.context().storageState();
    for (const language of ['en', 'de']) {
        pages[language] = await open({at: AT, language, kept, width: 1200, height: 860});
        await settled(pages[language]);
    }
});

/** The guide is in English. */
async function picture(page, name) {
    if (page === pages.en)
        await take(page, name);
}

/** A task in both languages. body gets the page, its words, and what it needs to do things. */
function task(path, title, body) {
    for (const language of ['en', 'de'])
        test(`${typeof path === 'function' ? path(language) : path} ${title}, ${language}`, async () => {
            const [page, w] = [pages[language], books[language]];
            const at = typeof path === 'function' ? path(language) : path;
            await page.goto('about:blank');
            await page.goto(`${AT}#${at}`);
            await settled(page);
            const said = await body({
                page, w, language,
                press: (key, values, where = page) => where.getByRole('button', {name: w(key, values)}).first().click(),
                field: (key, where = page) => labelled(where, w, key),
                dialog: () => page.getByRole('dialog').last(),
                says: text => page.getByText(text).first().waitFor(),
                api: async (method, path, values) => (await call(page, method, path, values)).body,
            });
            await settled(page);
            await quiet(page);
            if (!inside.has(at))
                await picture(page, at.split('?')[0].slice(1).replaceAll('/', '-') || 'start');
            return said;
        });
}

task('/', 'says what needs a person and leads there', async ({page, w, says}) => {
    await page.getByRole('heading', {name: w('nav.overview')}).waitFor();
    await picture(page, 'overview');
    await page.getByRole('link', {name: w('nav.waiting')}).first().click();
    await page.getByRole('heading', {name: w('nav.waiting')}).waitFor();
    await page.goBack();
    await page.getByRole('heading', {name: w('nav.overview')}).waitFor();
});

task('/phones', 'searches as one types, adds a phone', async ({page, w, language, press, field, dialog, api}) => {
    await field('phones.search').fill('meeting');
    await page.getByText('Meeting room').first().waitFor();
    await page.getByText('Reception').first().waitFor({state: 'detached'});
    await field('phones.search').fill('');
    await page.getByText('Reception').first().waitFor();
    await picture(page, 'phones');
    const mac = language === 'en' ? '000413AD0001' : '000413AD0002';
    await press('phones.add');
    await dialog().getByLabel(w('phones.mac'), {exact: true}).fill(colons(mac));
    await field('phones.name', dialog()).fill(`Desk ${language}`);
    await dialog().getByRole('button', {name: w('phones.add')}).click();
    await page.getByRole('heading', {name: `Desk ${language}`}).waitFor();
    must((await api('GET', `/phones/${low(mac)}`)).state === 'expected', 'it is not expected');
});

task(`/phones/${low(CURRENT)}`, 'shows its way, tells it to fetch its settings, and says that it did', async ({page, w, press, dialog}) => {
    const way = await page.locator('main').innerText();
    must(way.includes(w('phone.way.current')), 'the way is not shown');
    await picture(page, 'phone');
    await press('phone.resync');
    await dialog().getByText(w('phone.resync.done')).waitFor({timeout: 20000});
    await page.keyboard.press('Escape');
});

task(`/phones/${low(SECOND)}?tab=secrets`, 'shows one secret, which is audited', async ({w, press, dialog, api}) => {
    await press('phone.reveal');
    await dialog().getByLabel(w('phone.reason')).fill('a phone that is read out');
    await dialog().getByRole('button', {name: w('phone.reveal')}).click();
    await dialog().waitFor({state: 'detached'});
    const {entries} = await api('GET', '/audit?limit=20');
    must(entries.some(one => /reveal/.test(one.action) && one.actor === 'anna'), () => `no reveal in ${entries.map(one => one.action)}`);
});

task('/waiting', 'lets a phone in with one key', async ({page, w, language}) => {
    const mac = language === 'en' ? WAITING : SEEN;
    const row = page.locator('main tr', {hasText: colons(mac)}).or(page.getByRole('row', {name: new RegExp(colons(mac), 'i')})).first();
    await row.click();
    await page.getByRole('button', {name: w('waiting.approve')}).first().waitFor();
    await picture(page, 'waiting');
    if (language === 'en') {
        await row.focus();
        await page.keyboard.press('a');
    } else {
        await page.getByRole('button', {name: w('waiting.approve')}).first().click();
    }
    await page.getByText(w('waiting.green')).first().waitFor({timeout: 40000});
});

task('/settings', 'makes a profile', async ({page, w, language, press, dialog}) => {
    // It is there with its first setting: until then the appliance says that it is not.
    page.expected = [/status of 404 .*\/scopes\/profile\/made-/];
    await press('settings.new-profile');
    await dialog().getByLabel(w('settings.profile-name'), {exact: true}).fill(`made-${language}`);
    await dialog().getByRole('button', {name: w('settings.go-on')}).click();
    await page.getByRole('heading', {name: w('settings.of.profile', {name: `made-${language}`})}).waitFor();
});

const SCOPES = {en: '/settings/site/-', de: `/settings/phone/${low(SECOND)}`};
task(language => SCOPES[language], 'finds a setting, shows what it touches, and saves it', async ({page, w, language, api}) => {
    await page.getByRole('combobox', {name: w('settings.add')}).fill('ring_sound');
    await page.locator('[role=listbox]:not([hidden]) [role=option]').first().click();
    const value = page.getByLabel(w('settings.value')).first();
    if (await value.evaluate(one => one.tagName === 'SELECT'))
        await value.selectOption({index: 2});
    else
        await value.fill('Ringer3');
    await page.getByText(w('settings.asking')).waitFor({state: 'detached'});
    await page.locator('.save-bar').getByLabel(w('part.reason')).fill(`ringers, ${language}`);
    await picture(page, 'settings-draft');
    await page.locator('.save-bar button.primary').click();
    await page.locator('.save-bar').waitFor({state: 'detached'});
    const {settings} = await api('GET', SCOPES[language].replace('/settings', '/scopes') + '/settings');
    must(settings.some(one => /ring_sound/.test(one.name)), () => `stored is ${settings.map(one => one.name)}`);
});

task('/rollout', 'shows how far the newest one is, and gives it to all', async ({page, w, language, dialog, api}) => {
    await page.getByRole('progressbar').or(page.getByRole('meter')).first().waitFor();
    if (language === 'en' && (await api('GET', '/rollout')).state === 'running') {
        await page.getByRole('button', {name: w('rollout.finish')}).click();
        await dialog().getByRole('button').last().click();
        await page.getByText(w('rollout.finish.done')).first().waitFor();
    }
});

task('/hardening', 'switches a row off with a reason', async ({page, w, dialog, api}) => {
    await page.getByRole('button', {name: w('hardening.do.off')}).first().click();
    await dialog().getByLabel(w('part.reason')).fill('a test switches it off');
    await dialog().getByRole('button', {name: w('hardening.do.off')}).click();
    await dialog().waitFor({state: 'detached'});
    await settled(page);
    must((await api('GET', '/rows')).rows.some(one => one.scope === 'site' && !one.on), 'no row is off');
    if ((await api('GET', '/rollout')).state === 'running')
        await api('POST', '/rollout', {action: 'finish', reason: 'a test'});
});

task('/revisions', 'leads to one, which is restored', async ({page, w, dialog, api}) => {
    const [newest, {number}] = (await api('GET', '/revisions')).revisions;
    await page.getByRole('link', {name: w('revision.name', {number})}).first().click();
    await page.getByRole('heading', {name: w('revision.title', {number})}).waitFor();
    await page.getByRole('button', {name: w('revision.restore', {number})}).first().click();
    await dialog().getByRole('button', {name: w('revision.restore.do')}).click();
    await dialog().waitFor({state: 'detached'});
    await settled(page);
    must((await api('GET', '/revisions')).revisions[0].number > newest.number, 'there is no new revision');
    if ((await api('GET', '/rollout')).state === 'running')
        await api('POST', '/rollout', {action: 'finish', reason: 'a test'});
});

task('/firmware', 'says what is there and takes a file', async ({page, w}) => {
    await page.getByText(w('firmware.new')).first().waitFor();
    must(await page.getByLabel(w('firmware.file')).first().isVisible(), 'there is no field for a file');
});

task('/network', 'shows the lines for another DHCP server', async ({page, w}) => {
    await page.getByLabel(w('network.advice.server')).selectOption('kea');
    await page.locator('pre', {hasText: 'option'}).first().waitFor();
});

task('/leases', 'shows the leases', async ({page}) => {
    await page.getByText('10.20.0.1').first().waitFor();
    must((await page.locator('main').innerText()).toUpperCase().includes(colons(CURRENT)), 'the phone is not among them');
});

task('/site', 'changes a value of the site', async ({page, w, language, press, api}) => {
    const name = page.getByLabel(w('site.name')).first();
    await name.fill(`House ${language}`);
    await press('form.save');
    await settled(page);
    must((await api('GET', '/site')).values.find(one => one.name === 'name').value === `House ${language}`, 'the name is not stored');
});

task('/entry', 'trusts another source', async ({page, w, language, press, dialog, api}) => {
    await press('entry.source.new');
    const fields = dialog().getByRole('textbox');
    await fields.nth(0).fill(`other-${language}`);
    await fields.nth(1).fill(`https://other-${language}.example/`);
    await dialog().getByRole('button', {name: w('entry.source.trust')}).click();
    await dialog().waitFor({state: 'detached'});
    must((await api('GET', '/sources')).sources.some(one => one.name === `other-${language}`), 'it is not trusted');
});

task('/watch', 'asks who else answers phones', async ({w, press, says}) => {
    await press('watch.ask');
    await says(w('watch.asked'));
});

task('/tunnels', 'shows the tunnels', async ({page}) => {
    must((await page.locator('main').innerText()).includes('10.64.0.'), 'no tunnel');
});

task('/reach', 'adds a rule', async ({page, w, language, press, field, api}) => {
    const to = language === 'en' ? '198.51.100.20' : '198.51.100.21';
    await field('reach.to').fill(to);
    await page.getByRole('button', {name: w('reach.usual.voice')}).click();
    await press('reach.add');
    await page.locator('table', {hasText: to}).waitFor();
    must((await api('GET', '/reach')).reach.some(one => one.to.startsWith(to)), 'there is no such rule');
});

task('/ends', 'shows what ends', async ({page, w}) => {
    await page.getByText(w('ends.list')).first().waitFor();
});

task('/system', 'gives a file for whoever helps, without secrets', async ({page, w}) => {
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name: w('system.diagnostics.get')}).click()]);
    const path = await file.path();
    const {readFileSync} = await import('node:fs');
    const data = readFileSync(path);
    must(data.length > 1000 && !data.includes(anna.password) && !data.includes(anna.secret), () => `${data.length} bytes`);
    return `${(data.length / 1024).toFixed(0)} KiB`;
});

task('/certificate', 'shows the fingerprint that the console shows', async ({page}) => {
    const {sha256} = await ctl('page', 'show', '--json');
    const shown = (await page.locator('main').innerText()).replace(/[^0-9A-Fa-f]/g, '').toUpperCase();
    must(shown.includes(sha256.replaceAll(':', '')), () => `it does not show ${sha256}`);
});

task('/records?tab=receipts', 'shows the receipt of the phone that was put out', async ({page}) => {
    must((await page.locator('main').innerText()).includes('00:04:13:AA:00:05'), 'no receipt');
});

task('/users', 'invites somebody, whose code is shown once', async ({page, w, language, press, dialog, api}) => {
    await press('users.invite');
    await dialog().getByLabel(w('users.name')).fill(`guest-${language}`);
    await dialog().getByLabel(w('users.role')).selectOption('helpdesk');
    await dialog().getByRole('button', {name: w('users.invite.do')}).click();
    await page.getByRole('heading', {name: w('users.invited', {name: `guest-${language}`})}).waitFor();
    await picture(page, 'invitation');
    await press('part.noted', {}, dialog());
    const user = (await api('GET', '/users')).users.find(one => one.name === `guest-${language}`);
    must(user?.role === 'helpdesk', () => `${JSON.stringify(user)}`);
});

task('/audit', 'finds an entry, and the chain is whole', async ({page, w, press}) => {
    await press('audit.check');
    await page.getByText(w('audit.whole.other')).first().waitFor();
    await page.getByLabel(w('audit.text')).fill('sign-in');
    await settled(page);
    await page.locator('table', {hasText: 'anna'}).first().waitFor();
});

task('/logs', 'finds a line', async ({page, w}) => {
    await page.getByLabel(w('logs.word')).fill('dhcp-ack');
    await page.getByText('dhcp-ack').first().waitFor();
});

task('/me', 'makes new recovery codes', async ({page, w, press, dialog}) => {
    await press('me.codes.new');
    await dialog().getByRole('button', {name: w('me.codes.new')}).click();
    await page.getByText(w('me.codes.text')).first().waitFor();
    await page.getByRole('button', {name: w('part.noted')}).click();
});

