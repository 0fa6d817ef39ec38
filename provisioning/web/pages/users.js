/*
 * users: who may sign in, invitations, and programs' tokens.
 */
import {html} from '/html.js';
import {request, send} from '/api.js';
import {t} from '/i18n.js';
import {ago, date, dateTime, now} from '/format.js';
import {may, session} from '/session.js';
import {useResource} from '/resource.js';
import {ask, openDialog} from '/ui/dialog.js';
import {Icon} from '/ui/icon.js';
import {Heading} from '/ui/shell.js';
import {Ago, Mark} from '/ui/words.js';
import {Panel, Loaded} from '/ui/panel.js';
import {Listing} from '/ui/listing.js';
import {Once} from '/ui/once.js';
import {useAct} from '/ui/act.js';

const ROLES = ['reader', 'helpdesk', 'admin', 'owner'];

function roleOptions() {
    return ROLES.map(role => [role, `${t(`role.${role}`)}: ${t(`users.role.${role}`)}`]);
}

/* The one-time code, with where to go; shown once. */
function showInvitation(name, code, until) {
    const url = `${location.origin}/#/invitation`;
    return openDialog(close => html`<${Once} title=${t('users.invited', {name})} text=${t('users.invited.text', {until: dateTime(until)})}
        lines=${[[t('users.address'), url], [t('users.name'), name], [t('users.code'), code]]} onClose=${close} />`);
}

async function invite(act, reload) {
    const given = await ask({
        title: t('users.invite'), text: t('users.invite.text'), action: t('users.invite.do'),
        fields: [
            {name: 'name', label: t('users.name'), why: t('users.name.why'), required: true, max: 64},
            {name: 'role', label: t('users.role'), options: roleOptions(), value: 'helpdesk'},
        ],
    });
    const answer = given && await act(() => send('POST', '/users', {name: given.name.trim(), role: given.role}));
    if (answer) {
        reload();
        showInvitation(answer.body.user.name, answer.body.code, answer.body.until);
    }
}

async function again(user, act, reload) {
    const yes = await ask({title: t('users.again', {name: user.name}), text: t('users.again.text'), action: t('users.again.do'), danger: true});
    const answer = yes && await act(() => send('POST', `/users/${encodeURIComponent(user.name)}/invite`, {}));
    if (answer) {
        reload();
        showInvitation(user.name, answer.body.code, answer.body.until);
    }
}

/* Another role, shut out or let in again: read with its ETag first, so that nobody else's change is lost. */
async function change(user, body, done, act, reload) {
    const path = `/users/${encodeURIComponent(user.name)}`;
    const ok = await act(async () => {
        const {etag} = await request('GET', path);
        return send('PATCH', path, body, {etag});
    }, done);
    if (ok)
        reload();
}

async function role(user, act, reload) {
    const given = await ask({
        title: t('users.change-role', {name: user.name}), action: t('form.save'),
        fields: [{name: 'role', label: t('users.role'), options: roleOptions(), value: user.role}],
    });
    if (given && given.role !== user.role)
        change(user, {role: given.role}, t('users.role-is', {name: user.name, role: t(`role.${given.role}`)}), act, reload);
}

async function shut(user, act, reload) {
    if (user.disabled || await ask({title: t('users.shut', {name: user.name}), text: t('users.shut.text'), action: t('users.shut.do'), danger: true}))
        change(user, {disabled: !user.disabled}, t(user.disabled ? 'users.opened' : 'users.is-shut', {name: user.name}), act, reload);
}

async function remove(user, act, reload) {
    const path = `/users/${encodeURIComponent(user.name)}`;
    if (!await ask({title: t('users.remove', {name: user.name}), text: t('users.remove.text'), action: t('part.remove'), danger: true, type: user.name}))
        return;
    const ok = await act(async () => {
        const {etag} = await request('GET', path);
        return send('DELETE', path, undefined, {etag});
    }, t('users.removed', {name: user.name}));
    if (ok)
        reload();
}

function State({user}) {
    if (user.disabled)
        return html`<${Mark} kind="bad" text=${t('users.state.shut')} />`;
    if (user.invited_until)
        return user.invited_until > now() ? html`<${Mark} kind="info" text=${t('users.state.invited', {when: ago(user.invited_until)})} />`
            : html`<${Mark} kind="warn" text=${t('users.state.lapsed')} />`;
    return user.has_password ? html`<${Mark} kind="good" text=${t('users.state.in')} />` : html`<${Mark} kind="warn" text=${t('users.state.none')} />`;
}

function Buttons({user, act, busy, reload}) {
    const own = user.name === session.value.name;
    const button = (fn, key, kind) => html`<button type="button" class=${`small ${kind ?? ''}`} disabled=${busy} onClick=${() => fn(user, act, reload)}>${t(key)}<span class="spoken"> ${user.name}</span></button>`;
    return html`<div class="actions">
        ${button(role, 'users.role')}
        ${!own && button(again, 'users.again.do')}
        ${!own && button(shut, user.disabled ? 'users.open.do' : 'users.shut.do')}
        ${!own && html`<button type="button" class="plain small" disabled=${busy} onClick=${() => remove(user, act, reload)}><${Icon} name="trash" label=${t('users.remove', {name: user.name})} /></button>`}</div>`;
}

function People() {
    const users = useResource('/users', {on: ['users', 'user']});
    const {busy, act} = useAct();
    return html`
        <${Panel} title=${t('users.people')} hint=${t('users.people.why')}
            actions=${may('owner') && html`<button type="button" class="primary" disabled=${busy} onClick=${() => invite(act, users.reload)}><${Icon} name="plus" />${t('users.invite')}</button>`}>
            <${Loaded} of=${users} show=${data => html`<${Listing} caption=${t('users.people')} rows=${data.users} id=${user => user.name} columns=${[
                {name: t('users.name'), head: true, sort: user => user.name, cell: user => html`${user.name}${user.name === session.value.name ? ` ${t('users.you')}` : ''}`},
                {name: t('users.role'), sort: user => ROLES.indexOf(user.role), cell: user => t(`role.${user.role}`)},
                {name: t('users.state'), cell: user => html`<${State} user=${user} />`},
                {name: t('users.last'), sort: user => user.signed_in_at ?? 0, cell: user => html`<${Ago} at=${user.signed_in_at} />`},
                {name: t('users.recovery'), number: true, cell: user => user.has_password ? user.recovery_left : '–'},
                may('owner') && {name: t('part.do'), tight: true, cell: user => html`<${Buttons} user=${user} act=${act} busy=${busy} reload=${users.reload} />`},
            ].filter(Boolean)} />`} />
        </${Panel}>`;
}

async function newToken(act, reload) {
    const given = await ask({
        title: t('tokens.new'), text: t('tokens.new.text'), action: t('tokens.make'),
        fields: [
            {name: 'name', label: t('tokens.name'), why: t('tokens.name.why'), required: true, max: 64},
            {name: 'role', label: t('users.role'), options: roleOptions(), value: 'reader'},
            {name: 'days', label: t('tokens.days'), why: t('tokens.days.why'), type: 'number', value: '365', required: true},
        ],
    });
    const answer = given && await act(() => send('POST', '/tokens', {name: given.name.trim(), role: given.role, days: Number(given.days)}));
    if (answer) {
        reload();
        openDialog(close => html`<${Once} title=${t('tokens.made', {name: given.name})} text=${t('tokens.made.text')}
            lines=${[[t('tokens.token'), answer.body.token], [t('tokens.header'), `Authorization: Bearer ${answer.body.token}`]]} onClose=${close} />`);
    }
}

async function endToken(token, act, reload) {
    if (await ask({title: t('tokens.end', {name: token.name}), text: t('tokens.end.text'), action: t('tokens.end.do'), danger: true})
        && await act(() => send('DELETE', `/tokens/${token.id}`), t('tokens.ended', {name: token.name})))
        reload();
}

function Tokens() {
    const tokens = useResource('/tokens', {on: ['users', 'user']});
    const {busy, act} = useAct();
    return html`
        <${Panel} title=${t('tokens.title')} hint=${t('tokens.why')}
            actions=${html`<button type="button" disabled=${busy} onClick=${() => newToken(act, tokens.reload)}><${Icon} name="plus" />${t('tokens.new')}</button>`}>
            <${Loaded} of=${tokens} show=${data => html`<${Listing} caption=${t('tokens.title')} rows=${data.tokens} id=${one => one.id} empty=${t('tokens.none')} columns=${[
                {name: t('tokens.name'), head: true, sort: one => one.name, cell: one => one.name},
                {name: t('users.role'), cell: one => t(`role.${one.role}`)},
                {name: t('tokens.by'), cell: one => one.created_by},
                {name: t('tokens.ends'), sort: one => one.ends_at, cell: one => html`<${Mark} kind=${one.ends_at < now() ? 'bad' : one.ends_at < now() + 30 * 86400 ? 'warn' : 'good'} text=${`${date(one.ends_at)} (${ago(one.ends_at)})`} />`},
                {name: t('tokens.used'), sort: one => one.used_at ?? 0, cell: one => html`<${Ago} at=${one.used_at} />`},
                {name: t('part.do'), tight: true, cell: one => html`<button type="button" class="plain small" disabled=${busy} onClick=${() => endToken(one, act, tokens.reload)}><${Icon} name="trash" label=${t('tokens.end', {name: one.name})} /></button>`},
            ]} />`} />
        </${Panel}>`;
}

/** The page. */
export default function Users() {
    return html`
        <${Heading} title=${t('nav.users')} sub=${t('users.lead')} />
        <${People} />
        ${may('owner') && html`<${Tokens} />`}`;
}
