/*
 * test_appliance: updates, backups, the disk, factory reset (issue 6): what their pages say and ask for, in both languages; bundles and backups that the appliance takes
 * or refuses are real ones. What a container never has (a trial, a sealed disk, a stick) is played (lib/play.mjs).
 *
 * Not: whether updates and restores work: tests/image and tests/site.
 */
import fs from 'node:fs';
import {first, test, open, close, quiet, must} from './lib/test.mjs';
import {axe, valid, fits, settled, walk, reachable} from './lib/checks.mjs';
import {stage, ctl} from './lib/stage.mjs';
import {Person, call} from './lib/person.mjs';
import {words, labelled} from './lib/words.mjs';
import {picture as take} from './lib/guide.mjs';
import * as p from './lib/play.mjs';

const AT = 'https://10.20.0.1:9443/';
const SITE = 'Head office';
const PASSPHRASE = 'four words make one';
const PAYLOADS = ['<img src=x onerror=window.provost1x=1>', '"><script>window.provost2x=1</script>', '<svg onload=window.provost3x=1>', "';window.provost4x=1;'", '{{constructor.constructor("window.provost5x=1")()}}',
    '\u202egnp.exe <b>bold</b>'];

// Two who look at the sticks in one moment: the second is told to wait, and the page asks again.
const TWICE = [/status of 409 .*\/(backup|update)\/sticks/];

const anna = new Person('anna');
const books = {en: await words('en'), de: await words('de')};
const pages = {};

first('an appliance, and an owner', async () => {
    await stage.appliance({configured: true, site: {name: SITE}});
    const page = await open({at: AT});
    await anna.enter(page);
    const kept = await page.context().storageState();
    for (const language of ['en', 'de'])
        pages[language] = await open({at: AT, language, kept, width: 1200, height: 860});
    await close(page);
});

/** Loaded anew: what the frame around the pages has read is read again too. */
async function anew(page, path) {
    await page.goto('about:blank');
    await page.goto(`${AT}#${path}`);
    await settled(page);
}

/** By a link, as the page itself does it: each loading anew would be one more that listens to news. */
async function to(page, path) {
    for (const next of ['/me', path]) {
        await page.evaluate(next => new Promise(done => {
            if (location.hash === `#${next}`)
                done();
            addEventListener('hashchange', () => setTimeout(done), {once: true});
            location.hash = `#${next}`;
        }), next);
        await settled(page);
    }
}

async function picture(page, name) {
    if (page === pages.en)
        await take(page, name);
}

/** Whatever asks for password and code gets them. */
async function confirming(page, w, fn) {
    const dialog = page.getByRole('dialog', {name: w('confirm.title')});
    await page.addLocatorHandler(dialog, async () => {
        await dialog.getByLabel(w('door.password')).fill(anna.password);
        await dialog.getByLabel(w('door.code')).fill(await anna.code());
        await dialog.getByRole('button', {name: w('confirm.action')}).click();
    });
    try {
        return await fn();
    } finally {
        await page.removeLocatorHandler(dialog);
    }
}

/** The same in both languages. */
function both(title, body) {
    for (const language of ['en', 'de'])
        test(`${title}, ${language}`, async () => {
            const [page, w] = [pages[language], books[language]];
            page.expected = [...TWICE];
            const tools = {
                page, w, language, main: page.locator('main'),
                press: (key, values, where = page) => where.getByRole('button', {name: w(key, values)}).first().click(),
                dialog: () => page.getByRole('dialog').last(),
                says: (key, values) => page.getByText(w(key, values)).first().waitFor(),
            };
            const said = await confirming(page, w, () => body(tools));
            await page.unrouteAll({behavior: 'ignoreErrors'});
            await quiet(page);
            return said;
        });
}

// --- as the appliance is ----------------------------------------------------------------------------------------------

both('an update: the container says why it installs none, takes no file that is no bundle, and says that too', async ({page, w, main, press, says}) => {
    await to(page, '/update');
    await says('update.unsupported');
    must((await main.innerText()).includes((await call(page, 'GET', '/update')).body.reason), 'the reason is not shown');
    page.expected = [...TWICE, /status of 4\d\d .*\/update\/uploads\//];
    await page.getByLabel(w('update.file')).setInputFiles({name: 'holiday.update', mimeType: 'application/octet-stream', buffer: Buffer.alloc(5 << 20, 'holiday')});
    await page.getByRole('button', {name: w('update.upload', {size: '5 MiB'})}).click();
    await says('update.refused');
    must((await call(page, 'GET', '/update')).body.bundle === null, 'a holiday became a bundle');
    page.expected = [...TWICE];
    return (await page.getByRole('alert').first().innerText()).replace(/\s+/g, ' ');
});

both('a bundle: a signed one is checked, what it says is shown as text, it is discarded; one of another signer is refused', async ({page, w, language, press, dialog, says, main}) => {
    const version = language === 'en' ? '9.1.1' : '9.1.2';
    const good = await stage.bundle({version, notes: `${PAYLOADS[0]}\nAnother line.`});
    const strange = await stage.bundle({version: '9.9.9', notes: '', key: 'db'});
    const bring = async path => {
        await page.getByLabel(w('update.file')).setInputFiles(path);
        await main.locator('form button.primary').first().click();
    };
    await to(page, '/update');
    await bring(good);
    await page.getByRole('heading', {name: w('update.checked', {version})}).waitFor();
    must((await main.locator('.notes').innerText()).includes(PAYLOADS[0]), 'its notes are not shown');
    must(!await page.evaluate('window.provost1x'), 'its notes ran');
    must(!await page.getByRole('button', {name: w('update.install')}).count(), 'a container offers to install it');
    page.expected.push(/status of 4\d\d .*\/update\/uploads\//);
    await bring(strange);
    await says('update.refused');
    const said = (await page.getByRole('alert').first().innerText()).replace(/\s+/g, ' ');
    page.expected.pop();
    const {bundle} = (await call(page, 'GET', '/update')).body;
    must(!bundle || bundle.version === version, () => `${bundle.version} was taken`);
    if (bundle) {
        await press('update.discard');
        await press('update.discard', {}, dialog());
        await says('update.discarded');
    }
    must((await call(page, 'GET', '/update')).body.bundle === null, 'it is still there');
    return said;
});

both('a backup: made, saved, tried and reported line by line; another passphrase opens nothing', async ({page, w, language, press, says, dialog}) => {
    await to(page, '/backup');
    await labelled(page, w, 'backup.passphrase').fill(PASSPHRASE);
    await page.getByLabel(w('backup.passphrase.again')).first().fill(`${PASSPHRASE}?`);
    await press('backup.make');
    await says('backup.passphrase.differ');
    await page.getByLabel(w('backup.passphrase.again')).first().fill(PASSPHRASE);
    await press('backup.make');
    const save = page.getByRole('link', {name: w('backup.save')});
    await save.waitFor({timeout: 60000});
    const [file] = await Promise.all([page.waitForEvent('download'), save.click()]);
    const bytes = fs.readFileSync(await file.path());
    must(bytes.length > 10000 && !bytes.includes(anna.secret) && !bytes.includes(SITE), () => `${bytes.length} bytes`);
    must(/^[\w.-]+$/.test(file.suggestedFilename()), () => `it is called ${file.suggestedFilename()}`);

    await page.getByLabel(w('backup.file')).setInputFiles({name: file.suggestedFilename(), mimeType: 'application/octet-stream', buffer: bytes});
    await page.locator('.restore button.primary').click();
    const passphrase = page.locator('.restore').getByLabel(w('backup.passphrase'));
    await passphrase.fill('another passphrase');
    page.expected = [...TWICE, /status of 4\d\d .*\/backup\/drill/];
    await press('backup.drill');
    await says('backup.refused.passphrase');
    page.expected = [...TWICE];
    await passphrase.fill(PASSPHRASE);
    await press('backup.drill');
    const lines = page.locator('.checks li');
    await lines.first().waitFor({timeout: 60000});
    const [said, count] = [await page.locator('.restore').innerText(), await lines.count()];
    must(said.includes(SITE) && count > 1 && await page.locator('.checks .bad').count() === 0, () => said);
    await picture(page, 'backup-drill');
    const {last} = (await call(page, 'GET', '/backup')).body;
    must(last.some(one => one.kind === 'drill' && one.result === 'done') && last.some(one => one.kind === 'backup' && one.place === 'download'), () => JSON.stringify(last));
    await press('backup.done');
    await page.getByLabel(w('backup.file')).waitFor();
    return `${(bytes.length / 1024).toFixed(0)} KiB, ${count} lines`;
});

both('each day by itself: to a share, with a passphrase that is never shown', async ({page, w, language, press, says, main}) => {
    await to(page, '/backup');
    await page.getByRole('radio', {name: w('backup.to.share')}).check();
    await labelled(page, w, 'backup.url').fill(`https://nas-${language}.example/provost/`);
    await labelled(page, w, 'backup.at').fill('04:15');
    const fields = page.locator('form', {has: page.getByRole('radio', {name: w('backup.to.share')})});
    await labelled(fields, w, 'backup.passphrase').fill(PASSPHRASE);
    await labelled(fields, w, 'backup.passphrase.again').fill(PASSPHRASE);
    await press('form.save', {}, fields);
    await says('backup.schedule.saved');
    const {schedule} = (await call(page, 'GET', '/backup')).body;
    must(schedule.to === 'share' && schedule.url.includes(language) && schedule.at === '04:15' && schedule.has_passphrase, () => JSON.stringify(schedule));
    await page.reload();
    await settled(page);
    must(!(await page.content()).includes(PASSPHRASE), 'the passphrase is shown');
    await page.getByRole('radio', {name: w('backup.to.off')}).check();
    await press('form.save', {}, fields);
    await says('backup.schedule.saved');
});

both('the disk: plainly said that it is not encrypted; wiping asks for the name of the site', async ({page, w, press, dialog, says, main}) => {
    await to(page, '/data');
    await says('data.encryption.none');
    must((await main.innerText()).includes((await call(page, 'GET', '/data')).body.text), 'the appliance’s own sentence is not shown');
    await press('reset.open');
    const go = dialog().getByRole('button', {name: w('reset.do')});
    await dialog().getByLabel(w('core.type-to-go-on', {word: SITE})).fill('something');
    must(await go.isDisabled(), 'it could be wiped without the name');
    await dialog().getByLabel(w('core.type-to-go-on', {word: SITE})).fill(SITE);
    must(await go.isEnabled(), 'the name does not open it');
    await picture(page, 'reset');
    await page.keyboard.press('Escape');
});

test('who only reads sees all three pages and not one button that would be refused', async () => {
    const w = books.en;
    const invited = (await confirming(pages.en, w, () => call(pages.en, 'POST', '/users', {name: 'rita', role: 'reader'}))).body;
    const rita = new Person('rita');
    const page = await open({at: AT});
    await rita.enter(page, invited.code);
    await anew(page, '/');
    for (const path of ['/update', '/backup', '/data']) {
        await to(page, path);
        const buttons = await page.locator('main button, main input').count();
        must(!buttons, () => `${path} has ${buttons} buttons and fields for a reader`);
        await quiet(page);
    }
    await close(page);
});

// --- as it is elsewhere ---------------------------------------------------------------------------------------------------

const SCENES = {
    '/update': {resting: {update: p.resting(), update_sticks: p.update_sticks()}, checked: {update: p.checked()}, written: {update: p.written()}, writing: {update: p.writing(42)}, trial: {update: p.trial(13)},
        nobody: {update: p.trial(0, 0)}, committed: {update: p.committed()}, 'fell-back': {update: p.fell_back()}, unsupported: {update: p.unsupported()}},
    '/backup': {never: {backup: p.never_backed_up()}, old: {backup: p.old_backup(), backup_sticks: p.backup_sticks()}, failed: {backup: p.failed_backup()}, restore: {backup: p.failed_restore()}, staged: {backup: p.staged()}},
    '/data': {sealed: {data: p.sealed(), disks: p.disks(), update: p.resting()}, unread: {data: p.unread(), disks: p.disks(), update: p.writing(7)}, full: {data: p.full(), disks: p.disks()},
        open: {data: p.open_disk()}, recovered: {data: p.recovered()}},
    '/': {worst: {update: p.fell_back(), backup: p.failed_restore(), alarms: ['update-fell-back', 'recovery-key', 'data-low', 'backup', 'backup-late', 'disk-full', 'update-waits']}, trial: {update: p.trial(13)}, committed: {update: p.committed()},
        cut: {update: p.interrupted()}},
};

// Those with the most on them: colours of the dark, and the keyboard.
const FULLY = ['/update checked', '/update fell-back', '/backup old', '/data unread'];

both('every state of them: axe-core finds nothing in light and dark, valid HTML, 320 px hold it, the keyboard reaches it, no message is missing', async ({page, w, language}) => {
    const wrong = [];
    const note = error => wrong.push(error.message);
    let count = 0;
    for (const [path, scenes] of Object.entries(SCENES))
        for (const [name, scene] of Object.entries(scenes)) {
            const where = `${path} ${name}`;
            count++;
            await p.play(page, scene);
            await (scene.alarms ? anew : to)(page, path);
            if (language === 'en') {
                await axe(page, `${where}, light`).catch(note);
                await valid(page, where).catch(note);
            }
            if (language === 'en' && FULLY.includes(where)) {
                await page.emulateMedia({colorScheme: 'dark'});
                await axe(page, `${where}, dark`, true).catch(note);
                await page.emulateMedia({colorScheme: 'light'});
                const [found, there] = [await walk(page), await reachable(page)];
                if (found.length < there - 1 || found.some(one => !one.shown || !one.visible))
                    note(new Error(`${where}: ${found.length} of ${there} are reached by the keyboard, unseen ${found.filter(one => !one.shown || !one.visible).map(one => one.name)}`));
            }
            await page.setViewportSize({width: 320, height: 640});
            await settled(page);
            await fits(page, where).catch(note);
            await page.setViewportSize({width: 1200, height: 860});
            await quiet(page).catch(error => note(new Error(`${where}: ${error.message}`)));
            if (['trial', 'fell-back', 'checked', 'unread', 'old'].includes(name) && path !== '/')
                await picture(page, `${path.slice(1)}-${name}`);
        }
    must(!wrong.length, () => `${wrong.length} findings: ${wrong.join(' ## ')}`);
    return `${count} states`;
});

both('the first page says what needs a person, and leads there: a version that did not stay, a backup that failed, a key nobody read, a full disk', async ({page, w, says, main}) => {
    await p.play(page, SCENES['/'].worst);
    await anew(page, '/');
    await says('overview.restore.failed');
    for (const [kind, path] of [['update-fell-back', '/update'], ['update-waits', '/update'], ['recovery-key', '/data'], ['data-low', '/data'], ['disk-full', '/data'], ['backup', '/backup'], ['backup-late', '/backup']]) {
        const row = page.locator('.needs li', {hasText: w(`alarm.${kind}`)});
        must(await row.getByRole('link').first().getAttribute('href') === `#${path}`, () => `${kind} leads elsewhere`);
    }
    await page.locator('.needs').getByRole('link', {name: w('nav.update')}).first().click();
    await page.getByRole('heading', {name: w('nav.update'), level: 1}).waitFor();
    await page.getByText(w('update.result.fell-back', {to: p.NEXT, from: p.NOW})).first().waitFor();
    await page.getByText('Only 3 of 20 phones came back').first().waitFor();
    await p.play(page, {update: p.trial(13)});
    await to(page, '/');
    await says('overview.trial.of', {back: 13, before: 20});
});

both('before it restarts it says what becomes of phones; nothing is sent when one says no', async ({page, w, press, dialog, says}) => {
    const scene = await p.play(page, {update: p.checked()}, {'POST /update/install': [202, {}]});
    await to(page, '/update');
    await press('update.install');
    const text = await dialog().innerText();
    must(text.includes(w('update.phones.none')) && text.includes(p.NOW) && text.includes(w('update.away.page')), () => text);
    await picture(page, 'update-install');
    await dialog().getByRole('button', {name: w('core.cancel')}).click();
    must(!scene.sent.length, 'it was sent');
    await press('update.install');
    scene.update = p.writing(30);
    await dialog().getByRole('button', {name: w('update.install')}).click();
    await page.waitForFunction(() => !document.querySelector('dialog'));
    must(scene.sent.length === 1 && scene.sent[0].body.restart === true, () => JSON.stringify(scene.sent));
    await says('update.step.writing');
});

both('a trial goes on by itself: three of twenty, eighteen of twenty, in use', async ({page, w, says}) => {
    const scene = await p.play(page, {update: p.trial(3)});
    await to(page, '/update');
    await says('update.trial.of', {back: 3, before: 20, needed: 18});
    must(/8 min \d+ s|8 min|9 min/.test(await page.locator('.trial-card').innerText()), 'the time that is left is not shown');
    scene.update = p.trial(18);
    await says('update.trial.of', {back: 18, before: 20, needed: 18});
    scene.update = p.committed();
    await says('update.result.committed', {to: p.NEXT});
});

both('after the restart the page waits, comes anew, and says what became of it', async ({page, w, press, dialog, says, language}) => {
    const scene = await p.play(page, {update: p.written()}, {'POST /update/restart': [202, {}]});
    await to(page, '/update');
    page.expected = [...TWICE, /status of (401|502|503)|net::ERR_|api\/v1\/events/];
    await press('update.restart');
    await dialog().getByRole('button', {name: w('update.restart')}).click();
    await page.getByRole('heading', {name: w('away.title')}).waitFor();
    scene.update = p.fell_back();
    // All sessions end with the station that keeps them.
    await stage.restart_station({station: 'admin'});
    await page.getByLabel(w('door.name'), {exact: true}).waitFor({timeout: 60000});
    for (const [key, value] of [['door.name', anna.name], ['door.password', anna.password], ['door.code', anna.recovery.pop()]])
        await page.getByLabel(w(key), {exact: true}).fill(value);
    await page.getByRole('button', {name: w('door.sign-in')}).click();
    await page.getByRole('heading', {name: w('nav.update'), level: 1}).waitFor();
    await says('update.result.fell-back', {to: p.NEXT, from: p.NOW});
    await settled(page);
    page.complaints = [];
    page.expected = [...TWICE];
    // The other language's page had the same session.
    const other = pages[language === 'en' ? 'de' : 'en'];
    other.complaints = [];
    await other.context().addCookies(await page.context().cookies());
    await other.reload();
    await settled(other);
    other.complaints = [];
});

both('the recovery key is shown once, and one of its groups is asked for', async ({page, w, press, dialog, says}) => {
    const scene = await p.play(page, {data: p.unread(), disks: p.disks(), update: p.resting()}, {'POST /data/recovery-key': [200, {key: p.KEY}]});
    await to(page, '/data');
    await press('data.key.show');
    await dialog().getByRole('button', {name: w('data.key.new.do')}).click();
    for (const group of p.KEY.split('-'))
        await dialog().getByText(group, {exact: true}).waitFor();
    await axe(page, 'the recovery key');
    await picture(page, 'recovery-key');
    await page.keyboard.press('Escape');
    must(await dialog().isVisible(), 'Escape closes it before it is on paper');
    await press('data.key.written', {}, dialog());
    const field = dialog().getByRole('textbox');
    const n = Number(/\d+/.exec(await field.evaluate(one => one.labels[0].textContent))[0]);
    must(!(await page.content()).includes(p.KEY.split('-')[0]), 'the key is still on the page');
    await field.fill('something');
    await press('data.key.done', {}, dialog());
    await says('data.key.wrong');
    await field.fill(p.KEY.split('-')[n - 1].toUpperCase());
    scene.data = p.sealed();
    await press('data.key.done', {}, dialog());
    await says('data.key.read');
    must(!(await page.content()).includes(p.KEY.split('-')[1]), 'the key is still on the page');
});

both('onto another disk: what is on it is said, its name is typed', async ({page, w, press, dialog}) => {
    const scene = await p.play(page, {data: p.sealed(), disks: p.disks(), update: p.resting()}, {'POST /disks/install': [202, {}]});
    await to(page, '/data');
    await page.getByRole('button', {name: new RegExp(`${w('disks.install')}.*nvme0n1`)}).click();
    must((await dialog().innerText()).includes('HOLIDAY'), 'what is on it is not said');
    const go = dialog().getByRole('button', {name: w('disks.install')});
    must(await go.isDisabled(), 'it could be erased without its name');
    await dialog().getByLabel(w('core.type-to-go-on', {word: 'nvme0n1'})).fill('nvme0n1');
    await go.click();
    await page.waitForFunction(() => !document.querySelector('dialog'));
    must(scene.sent[0]?.body.device === '/dev/nvme0n1' && scene.sent[0].body.erase === true, () => JSON.stringify(scene.sent));
});

both('a backup that does not hold cannot be restored; one that does says what will be, and asks for a word', async ({page, w, press, dialog, says}) => {
    const writes = {'POST /backup/sticks': [200, {upload: 'one'}], 'POST /backup/drill': [200, p.report(false)], 'POST /backup/restore': [202, p.report(true)]};
    const scene = await p.play(page, {backup: p.never_backed_up(), backup_sticks: p.backup_sticks()}, writes);
    const drill = async () => {
        await page.getByRole('button', {name: new RegExp(`^${w('part.sticks.take')}`)}).click();
        await page.locator('.restore').getByLabel(w('backup.passphrase')).fill(PASSPHRASE);
        await press('backup.drill');
        await page.locator('.checks li').nth(2).waitFor();
    };
    await to(page, '/backup');
    await drill();
    await page.getByText('does not fit its certificate').waitFor();
    must(!await page.getByRole('button', {name: w('backup.restore.open')}).count(), 'a broken backup can be restored');
    await press('backup.done');
    writes['POST /backup/drill'] = [200, p.report(true)];
    await drill();
    await press('backup.restore.open');
    await picture(page, 'backup-restore');
    await dialog().getByLabel(w('core.type-to-go-on', {word: w('backup.restore.word')})).fill(w('backup.restore.word'));
    await dialog().getByRole('button', {name: w('backup.restore')}).click();
    await page.getByRole('heading', {name: w('away.title')}).waitFor();
    must(scene.sent.at(-1).path === '/backup/restore' && scene.sent.at(-1).body.passphrase === PASSPHRASE, () => scene.sent.map(one => one.path).join());
    await page.getByRole('button', {name: w('core.close')}).last().click();
});

test('what bundles, sticks, disks and backups say of themselves is text', async () => {
    const page = pages.en;
    let shown = 0;
    for (const text of PAYLOADS) {
        const scenes = {
            '/update': {update: {...p.checked(text), reason: text, text, last: [{...p.fell_back().last[0], text, to: text}], version: text}, update_sticks: p.update_sticks(text)},
            '/backup': {backup: {...p.staged(text), last: [{...p.old_backup().last[0], name: text, text}]}, backup_sticks: p.backup_sticks(text)},
            '/data': {data: {...p.sealed(), text}, disks: p.disks(text, text), update: {...p.writing(3), text}},
            '/': {update: {...p.interrupted(), last: [{...p.interrupted().last[0], text, to: text}]}, backup: {...p.failed_restore(), last: [{...p.failed_restore().last[0], text}]}},
        };
        for (const [path, scene] of Object.entries(scenes)) {
            await p.play(page, scene);
            await to(page, path);
            const found = await page.evaluate(() => ({
                marks: Object.keys(window).filter(name => /^provost\d+x$/.test(name)), text: document.querySelector('main').innerText,
                made: [...document.querySelectorAll('main img, main script, main svg[onload], main b')].filter(one => /bold|provost|x/.test(one.outerHTML) && !one.closest('.state') && one.tagName !== 'B').length}));
            must(!found.marks.length && !found.made, () => `${path} ran ${found.marks} of ${text}`);
            must(found.text.includes(text), () => `${path} does not show ${text}`);
            shown++;
            await quiet(page);
        }
    }
    await page.unrouteAll({behavior: 'ignoreErrors'});
    return `${shown} times shown as text`;
});

test('a new box without a site offers to take the place of another one', async () => {
    const w = books.en;
    const page = pages.en;
    await p.play(page, {});
    await page.route('**/api/v1/setup', route => route.fulfill({json: {needed: false, site_complete: false}}));
    await page.goto('about:blank');
    await page.goto(`${AT}#/`);
    await page.getByRole('link', {name: w('first.restore.go')}).click();
    await page.getByText(w('backup.new-box')).waitFor();
    await page.getByLabel(w('backup.file')).waitFor();
    await settled(page);
    await picture(page, 'new-box');
    await page.unrouteAll({behavior: 'ignoreErrors'});
});
