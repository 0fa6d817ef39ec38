/*
 * test_people: two people at one page (issue 5, must show 7), and one whose session ends while she types: nothing typed is lost.
 *
 * Not: who may do what: that is the API's business, and tests/site/test_admin_roles.
 */
import {first, test, open, quiet, must} from './lib/test.mjs';
import {settled} from './lib/checks.mjs';
import {stage, ctl} from './lib/stage.mjs';
import {Person, call} from './lib/person.mjs';
import {words, labelled} from './lib/words.mjs';
import {picture} from './lib/guide.mjs';

const AT = 'https://10.20.0.1:9443/';
const MAC = '000413AC0001';
const DETAILS = `${AT}#/phones/${MAC.toLowerCase()}?tab=details`;

const w = await words('en');
const anna = new Person('anna');
const bert = new Person('bert');
let hers = null;
let his = null;

const field = (page, key) => labelled(page, w, key);
const save = page => page.getByRole('button', {name: w('form.save'), exact: true}).first().click();
const stored = async () => (await call(hers, 'GET', `/phones/${MAC.toLowerCase()}`)).body;

/** The phone's details, read now. */
async function details(page) {
    await page.goto('about:blank');
    await page.goto(DETAILS);
    await field(page, 'phone.details.name').waitFor();
    await settled(page);
}

first('two admins, each at a computer of their own', async () => {
    await stage.appliance({configured: true});
    await ctl('phone', 'add', MAC, '--name', 'Reception', '--model', 'snomD785');
    hers = await open({at: AT});
    await anna.enter(hers);
    const invited = (await call(hers, 'POST', '/users', {name: bert.name, role: 'admin'})).body;
    his = await open({at: AT});
    await bert.enter(his, invited.code);
});

test('two change the same phone at once: one wins, the other is told, sees both and loses nothing typed', async () => {
    await details(hers);
    await details(his);
    await field(his, 'phone.details.name').fill('Desk of Bert');
    await field(his, 'phone.details.lan_address').fill('10.20.0.77');
    await field(hers, 'phone.details.name').fill('Desk of Anna');
    await save(hers);
    await hers.getByText(w('phone.saved')).first().waitFor();
    must((await stored()).name === 'Desk of Anna', 'the first one did not win');

    // He is refused by the appliance (412), which his console says too.
    his.expected.push(/status of 412/);
    await save(his);
    const told = his.getByRole('heading', {name: w('form.conflict')});
    await told.waitFor();
    await settled(his);
    const {y} = await told.boundingBox();
    must(y > 0 && y < his.viewportSize().height, () => `he is told where he does not look: at ${y} px`);
    must(await field(his, 'phone.details.name').inputValue() === 'Desk of Bert', 'what he typed is gone');
    must(await field(his, 'phone.details.lan_address').inputValue() === '10.20.0.77', 'what he typed is gone');
    const conflict = his.locator('section.conflict');
    for (const text of ['Reception', 'Desk of Anna', 'Desk of Bert'])
        must((await conflict.innerText()).includes(text), () => `the two versions do not show ${text}`);
    must((await stored()).name === 'Desk of Anna', 'his change overwrote hers');
    await picture(his, 'two-at-once');

    await conflict.getByRole('radio', {name: 'Desk of Anna'}).check();
    await conflict.getByRole('button', {name: w('form.conflict.save')}).click();
    await his.getByText(w('phone.saved')).first().waitFor();
    const now = await stored();
    must(now.name === 'Desk of Anna' && now.lan_address === '10.20.0.77', () => `stored is ${now.name}, ${now.lan_address}`);
    await quiet(hers);
    await quiet(his);
});

test('a change of another is shown at once to who looks at the phone', async () => {
    await hers.goto('about:blank');
    await hers.goto(`${AT}#/phones/${MAC.toLowerCase()}`);
    await settled(hers);
    await details(his);
    await field(his, 'phone.details.name').fill('Front desk');
    await save(his);
    await hers.getByRole('heading', {name: 'Front desk'}).waitFor({timeout: 5000});
    await quiet(hers);
});

test('a session that ends while somebody types: she signs in over the page and what she typed is saved', async () => {
    await details(his);
    await field(his, 'phone.details.name').fill('Typed before');
    const sessions = (await call(his, 'GET', '/session/list')).body.sessions;
    his.expected.push(/status of 401/, /api\/v1\/events/);
    await call(his, 'DELETE', `/session/list/${sessions.find(one => one.current ?? true).id}`);
    await save(his);
    const dialog = his.getByRole('dialog', {name: w('again.title')});
    await dialog.waitFor();
    must(await field(his, 'phone.details.name').inputValue() === 'Typed before', 'what was typed is gone');
    await dialog.getByLabel(w('door.password')).fill(bert.password);
    await dialog.getByLabel(w('door.code')).fill(bert.recovery[0]);
    await dialog.getByRole('button', {name: w('door.sign-in')}).click();
    await his.getByText(w('phone.saved')).first().waitFor();
    must((await stored()).name === 'Typed before', 'it was not saved');
    await quiet(his);
});

test('whoever leaves a page with something typed is asked first', async () => {
    await details(hers);
    await field(hers, 'phone.details.name').fill('Half a nam');
    await hers.getByRole('link', {name: w('nav.overview')}).first().click();
    const dialog = hers.getByRole('dialog', {name: w('leave.title')});
    await dialog.waitFor();
    await dialog.getByRole('button', {name: w('core.cancel')}).click();
    must(await field(hers, 'phone.details.name').inputValue() === 'Half a nam', 'what was typed is gone');
});

test('a wrong password is answered with a sentence, and says not what was wrong', async () => {
    const stranger = await open({at: AT});
    stranger.expected.push(/status of (401|429)/);
    await stranger.getByLabel(w('door.name'), {exact: true}).fill('anna');
    await stranger.getByLabel(w('door.password'), {exact: true}).fill('not the password');
    await stranger.getByLabel(w('door.code'), {exact: true}).fill('123456');
    await stranger.getByRole('button', {name: w('door.sign-in')}).click();
    const said = stranger.getByRole('alert');
    await said.waitFor();
    must(!/unknown|no such|password is wrong/i.test(await said.innerText()), async () => said.innerText());
    await picture(stranger, 'sign-in');
    await quiet(stranger);
    return (await said.innerText()).trim();
});
