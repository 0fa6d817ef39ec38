/*
 * settings: where settings come from: the site, models, profiles, single phones; what goes out now.
 */
import {html} from '/html.js';
import {read} from '/api.js';
import {t, tn} from '/i18n.js';
import {mac} from '/format.js';
import {go, href} from '/router.js';
import {may} from '/session.js';
import {useResource} from '/resource.js';
import {ask} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {toast} from '/ui/toast.js';
import {Heading} from '/ui/shell.js';
import {Panel, Loaded} from '/ui/panel.js';
import {PhonePicker} from '/ui/phone_picker.js';
import {RolloutNow} from '/ui/rollout_now.js';

/** Where the page of a scope stands. */
export function scopePath(scope, owner) {
    return `/settings/${scope}/${encodeURIComponent(owner || '-')}`;
}

/* The order of layers; the one further right wins. */
function Order() {
    return html`
        <ol class="layers" aria-label=${t('settings.order')}>
            ${['built-in', 'site', 'model', 'profile', 'phone'].map(layer => html`<li key=${layer}>${t(`settings.layer.${layer}`)}</li>`)}
        </ol>
        <p class="hint">${t('settings.order.why')}</p>`;
}

function ScopeCard({one}) {
    const name = one.scope === 'site' ? t('settings.layer.site') : one.scope === 'phone' ? mac(one.owner) : one.owner;
    return html`
        <li><a class="scope-card" href=${href(scopePath(one.scope, one.owner))}>
            <b>${name}</b>
            <span class="faint">${[tn('settings.count', one.settings), one.rows > 0 && tn('settings.rows-switched', one.rows), tn('settings.phones', one.phones)]
                .filter(Boolean).join(' · ')}</span>
        </a></li>`;
}

function Group({kind, scopes, action, children}) {
    return html`
        <${Panel} title=${t(`settings.group.${kind}`)} hint=${t(`settings.group.${kind}.why`)} actions=${action}>
            ${scopes.length ? html`<ul class="scope-cards">${scopes.map(one => html`<${ScopeCard} key=${one.owner} one=${one} />`)}</ul>`
                : html`<p class="faint">${t(`settings.group.${kind}.none`)}</p>`}
            ${children}
        </${Panel}>`;
}

async function newProfile() {
    const given = await ask({
        title: t('settings.new-profile'), action: t('settings.go-on'),
        fields: [{name: 'name', label: t('settings.profile-name'), why: t('settings.profile-name.why'), required: true, max: 63}],
    });
    if (given)
        go(scopePath('profile', given.name.trim()));
}

async function newModel() {
    try {
        const {models} = await read('/overview');
        const names = models.map(one => one.name).filter(Boolean);
        const given = await ask({
            title: t('settings.new-model'), action: t('settings.go-on'),
            fields: [names.length ? {name: 'name', label: t('settings.model-name'), options: names.map(name => [name, name]), value: names[0]}
                : {name: 'name', label: t('settings.model-name'), why: t('settings.model-name.why'), required: true, max: 31}],
        });
        if (given)
            go(scopePath('model', given.name.trim()));
    } catch (error) {
        toast(error);
    }
}

function Scopes({scopes}) {
    const of = kind => scopes.filter(one => one.scope === kind);
    const site = of('site').length ? of('site') : [{scope: 'site', owner: '', settings: 0, rows: 0, phones: 0}];
    const button = (fn, key) => may('admin') && html`<button type="button" onClick=${fn}><${Icon} name="plus" />${t(key)}</button>`;
    return html`
        <${Group} kind="site" scopes=${site} />
        <${Group} kind="profile" scopes=${of('profile')} action=${button(newProfile, 'settings.new-profile')} />
        <${Group} kind="model" scopes=${of('model')} action=${button(newModel, 'settings.new-model')} />
        <${Group} kind="phone" scopes=${of('phone')}>
            ${may('admin') && html`<${PhonePicker} label=${t('settings.one-phone')} why=${t('settings.one-phone.why')} onPick=${one => go(scopePath('phone', one.mac))} />`}
        </${Group}>`;
}

/** The page. */
export default function Settings() {
    const scopes = useResource('/scopes', {on: ['settings', 'profile', 'site', 'phone', 'rollout']});
    return html`
        <${Heading} title=${t('nav.settings')} sub=${t('settings.lead')} />
        <${RolloutNow} />
        <${Order} />
        <${Loaded} of=${scopes} show=${data => html`<${Scopes} scopes=${data.scopes} />`} />`;
}
