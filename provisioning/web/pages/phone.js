/*
 * phone: one phone. On top the first step that is missing on its way, with what to do; then its way, settings, evidence, secrets, receipts.
 */
import {html, useState} from '/html.js';
import {t, word} from '/i18n.js';
import {may} from '/session.js';
import {send, Problem} from '/api.js';
import {mac as shownMac} from '/format.js';
import {setQuery, href, go} from '/router.js';
import {useResource} from '/resource.js';
import {Heading} from '/ui/shell.js';
import {Tabs} from '/ui/tabs.js';
import {ask} from '/ui/dialog.js';
import {toast} from '/ui/toast.js';
import {Icon} from '/ui/icon.js';
import {Menu} from '/ui/menu.js';
import {showReceipt} from '/ui/receipt.js';
import {Failed, Loading, PhoneState, Said} from '/ui/words.js';
import {resync} from '/pages/phone/resync.js';
import {replaceDialog} from '/pages/phone/replace.js';
import {PhoneWay} from '/pages/phone/way.js';
import {Timeline} from '/pages/phone/timeline.js';
import {Settings} from '/pages/phone/settings.js';
import {Details} from '/pages/phone/details.js';
import {Secrets} from '/pages/phone/secrets.js';
import {EvidenceTab, Receipts} from '/pages/phone/more.js';

const UNDECIDED = ['seen', 'expected', 'waiting'];

/** The page. */
export default function Phone({params, query}) {
    const mac = params.mac.toLowerCase();
    const phone = useResource(`/phones/${mac}`, {on: ['phone', 'settings'], key: mac});
    const timeline = useResource(`/phones/${mac}/timeline`, {query: {limit: 200}, on: ['phone', 'settings'], key: mac, every: 15});
    if (phone.error instanceof Problem && phone.error.status === 404)
        return html`<${Heading} title=${shownMac(mac)} /><div class="card"><p>${t('phone.gone')}</p><p><a href="#/phones">${t('phone.to-list')}</a></p><${Receipts} mac=${mac} quiet /></div>`;
    if (!phone.data)
        return html`<${Heading} title=${shownMac(mac)} /><${Failed} error=${phone.error} retry=${phone.reload} />${!phone.error && html`<${Loading} lines=${8} />`}`;
    const p = phone.data;
    const tab = query.tab ?? 'way';
    const tabs = [['way', t('phone.tab.way')], ['settings', t('phone.tab.settings')], ['details', t('phone.tab.details')], ['evidence', t('phone.tab.evidence')],
        ...(may('helpdesk') ? [['secrets', t('phone.tab.secrets')]] : []), ['receipts', t('phone.tab.receipts')]];
    return html`
        <${Heading} title=${p.name || shownMac(mac)} sub=${[p.name && shownMac(mac), p.model, p.firmware].filter(Boolean).join(' · ')}>
            <${Decisions} phone=${p} resource=${phone} />
        </${Heading}>
        <div class="stack">
            <${Failed} error=${phone.error} retry=${phone.reload} />
            <${FirstMissing} phone=${p} missing=${timeline.data?.first_missing} resource=${phone} />
            <${PhoneWay} phone=${p} missing=${timeline.data?.first_missing} />
            <${Tabs} label=${t('phone.tabs')} tabs=${tabs} value=${tab} onChange=${name => setQuery({tab: name === 'way' ? '' : name})}>
                ${tab === 'way' && html`<${Timeline} phone=${p} timeline=${timeline} />`}
                ${tab === 'settings' && html`<${Settings} mac=${mac} query=${query} />`}
                ${tab === 'details' && html`<${Details} mac=${mac} phone=${phone} />`}
                ${tab === 'evidence' && html`<${EvidenceTab} mac=${mac} />`}
                ${tab === 'secrets' && html`<${Secrets} mac=${mac} phone=${p} />`}
                ${tab === 'receipts' && html`<${Receipts} mac=${mac} />`}
            </${Tabs}>
        </div>`;
}

async function attempt(act) {
    try {
        await act();
    } catch (error) {
        toast(error);
    }
}

const approve = (phone, resource) => attempt(async () => {
    const answer = await send('POST', `/phones/${phone.mac}/approve`);
    resource.set(answer.body, answer.etag);
    toast(t('phone.approved', {mac: shownMac(phone.mac)}));
    resource.reload();
});

const openWindow = (phone, resource, seconds) => attempt(async () => {
    await send('POST', `/phones/${phone.mac}/window`, {seconds});
    toast(t(seconds ? 'phone.window-open' : 'phone.window-closed'));
    resource.reload();
});

const revoke = phone => attempt(async () => {
    const given = await ask({title: t('phone.revoke.title', {name: phone.name || shownMac(phone.mac)}), text: t('phone.revoke.text'), action: t('phone.revoke'), danger: true, fields: [
        {name: 'why', label: t('phone.revoke.why'), options: [['', t('phone.revoke.why.plain')], ['stolen', t('phone.revoke.why.stolen')]]},
        {name: 'reason', label: t('phone.reason'), why: t('phone.reason.why')}]});
    if (!given)
        return;
    const {body} = await send('POST', `/phones/${phone.mac}/revoke`, {stolen: given.why === 'stolen', reason: given.reason});
    showReceipt(body, t('phone.revoked'));
});

const remove = (phone, resource) => attempt(async () => {
    const given = await ask({title: t('phone.delete.title', {name: phone.name || shownMac(phone.mac)}), text: t('phone.delete.text'), action: t('phone.delete'), danger: true,
        fields: [{name: 'reason', label: t('phone.reason'), why: t('phone.reason.why')}]});
    if (!given)
        return;
    const {body} = await send('DELETE', `/phones/${phone.mac}`, undefined, {etag: resource.etag, query: {reason: given.reason}});
    await showReceipt(body.receipt, t('phone.deleted'));
    go('/phones');
});

const undoReplace = (phone, resource) => attempt(async () => {
    const given = await ask({title: t('phone.undo-replace'), text: t('phone.undo-replace.text'), action: t('phone.undo-replace'), danger: true,
        fields: [{name: 'reason', label: t('phone.reason')}]});
    if (!given)
        return;
    await send('POST', `/phones/${phone.mac}/undo-replace`, {reason: given.reason});
    toast(t('phone.replace-undone'));
    resource.reload();
});

function Decisions({phone, resource}) {
    const undecided = UNDECIDED.includes(phone.state);
    const inTunnel = ['connected', 'current'].includes(phone.state);
    const replacing = phone.replaces || phone.replaced_by;
    return html`
        <${PhoneState} state=${phone.state} />
        ${undecided && may('helpdesk') && html`<button class="primary" onClick=${() => approve(phone, resource)}><${Icon} name="check" /> ${t('phone.approve')}</button>`}
        ${!undecided && phone.state !== 'revoked' && may('helpdesk') && html`
            <button disabled=${!inTunnel} onClick=${() => resync(phone, false)}><${Icon} name="refresh" /> ${t('phone.resync')}</button>
            <button disabled=${!inTunnel} onClick=${() => resync(phone, true)}><${Icon} name="power" /> ${t('phone.reboot')}</button>`}
        ${may('helpdesk') && html`<${Menu} label=${t('phone.more')} items=${[
            phone.state !== 'revoked' && (phone.window_until ? [t('phone.close-window'), () => openWindow(phone, resource, 0)] : [t('phone.open-window'), async () => await ask({title: t('phone.open-window'), text: t('phone.open-window.text'), action: t('phone.open-window')}) && openWindow(phone, resource, 600)]),
            may('admin') && !replacing && phone.state !== 'revoked' && !undecided && [t('phone.replace'), () => replaceDialog(phone)],
            may('admin') && replacing && [t('phone.undo-replace'), () => undoReplace(phone, resource)],
            may('admin') && phone.state !== 'revoked' && [t('phone.revoke'), () => revoke(phone), 'danger'],
            may('admin') && [t('phone.delete'), () => remove(phone, resource), 'danger'],
        ].filter(Boolean)} />`}`;
}

/* What is wrong, and the button that helps. */
function FirstMissing({phone, missing, resource}) {
    const other = phone.replaces ?? phone.replaced_by;
    return html`
        ${missing && html`
            <div class=${`notice ${phone.state === 'revoked' ? 'info' : 'warn'} first-missing`}>
                <${Icon} name=${phone.state === 'revoked' ? 'info' : 'warning'} />
                <div class="grow"><p><b>${t('phone.first-missing', {step: word('step', missing.step)})}</b></p><p><${Said} text=${missing.sentence} /></p>${missing.do && html`<p><${Icon} name="right" /> <${Said} text=${missing.do} /></p>`}</div>
                ${UNDECIDED.includes(phone.state) && may('helpdesk') && html`<button class="primary" onClick=${() => approve(phone, resource)}>${t('phone.approve')}</button>`}
            </div>`}
        ${other && html`<div class="notice info"><${Icon} name="swap" /><p>${t(phone.replaces ? 'phone.replaces' : 'phone.replaced-by')} <a class="mono" href=${href(`/phones/${other}`)}>${shownMac(other)}</a></p></div>`}`;
}
