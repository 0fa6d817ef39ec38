/*
 * app: where the page begins. Loads the messages, asks who is signed in, shows the door, the first steps, or the shell with a page in it.
 */
import {html, render, signal} from '/html.js';
import {loadMessages, language, t} from '/i18n.js';
import {session, setup, wasIn, whoAmI} from '/session.js';
import {place, matchRoute} from '/router.js';
import {ROUTES} from '/routes.js';
import {Bare, Overlays, Shell} from '/ui/shell.js';
import {Lazy, preload} from '/ui/lazy.js';

const failed = signal(null);
/* What an appliance without a site can do besides being set up: take the place of another one. */
const BESIDE = ['/later', '/backup'];

/* Which of the four the person sees. */
function Root() {
    language.value;
    if (failed.value)
        return html`<${Bare}><h1>${t('core.unreachable')}</h1><p>${failed.value.message}</p>
            <p><button class="primary" onClick=${begin}>${t('core.again')}</button></p></${Bare}>`;
    if (session.value === undefined)
        return html`<${Bare} busy />`;
    if (setup.value?.needed && !session.value)
        return html`<${Bare} wide><${Lazy} page="first_steps" messages=${['first', 'door']} /></${Bare}>`;
    if (!session.value)
        return place.value.path === '/invitation'
            ? html`<${Bare}><${Lazy} page="invitation" messages=${['door']} /></${Bare}>`
            : html`<${Bare}><${Lazy} page="sign_in" messages=${['door']} /></${Bare}>`;
    if (setup.value && !setup.value.site_complete && !BESIDE.includes(place.value.path))
        return html`<${Bare} wide account><${Lazy} page="first_steps" messages=${['first', 'door']} /></${Bare}>`;
    return html`<${Shell} />`;
}

async function begin() {
    failed.value = null;
    try {
        await whoAmI();
    } catch (error) {
        failed.value = error;
    }
}

/* Who was in before most likely still is: the page is fetched while the appliance says who it is. */
const likely = wasIn() && matchRoute(ROUTES, place.value.path);
if (likely)
    preload(likely.route.page, likely.route.messages);

const root = document.getElementById('app');
Promise.all([loadMessages(['core', 'door']), begin()]).then(() => {
    root.textContent = '';
    render(html`<${Root} /><${Overlays} />`, root);
});
