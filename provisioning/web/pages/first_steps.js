/*
 * first_steps: from the console's code to a site that answers phones. Each question says why it is asked and has its answer filled in
 * where the appliance can tell (GET /cards). The answers stay in the page and are sent together at the end: until then nothing listens for
 * phones. Whoever comes back before that (or lost the connection) goes on at the site's questions.
 */
import {html, useState, useEffect, useRef, useMemo} from '/html.js';
import {t, language} from '/i18n.js';
import {session, setup, enter, may, whoAmI} from '/session.js';
import {read, request, send, Problem} from '/api.js';
import {go} from '/router.js';
import {useResource} from '/resource.js';
import {useForm, TextField, SelectField, ChoiceField, AreaField} from '/ui/form.js';
import {Joining} from '/ui/joining.js';
import {Way} from '/ui/steps.js';
import {Icon} from '/ui/icon.js';
import {Failed, Loading, Mark} from '/ui/words.js';

const PARTS = ['site', 'network'];
/* Which part asks for which value: where a refused one is shown. */
const HOME = {
    name: 0, country: 0, sip_host: 0, vpn_public_host: 0, to: 0, phone_ca: 0, lan_interface: 1, lan_address: 1, uplink_interface: 1, uplink_address: 1,
    uplink_gateway: 1, dhcp_mode: 1, pool_first: 1, pool_last: 1, router: 1,
};
const COUNTRIES = 'AT AU BE BG BR CA CH CN CY CZ DE DK EE ES FI FR GB GR HR HU IE IL IN IS IT JP LI LT LU LV MT MX NL NO NZ PL PT RO RS RU SE SG SI SK TR UA US ZA'.split(' ');

/** The page. */
export default function FirstSteps() {
    const [joined, setJoined] = useState(Boolean(session.value));
    const [at, setAt] = useState(session.value ? 2 : 0);
    const inside = who => {
        setJoined(true);
        enter(who);
        setup.value = {...setup.value, needed: false};
    };
    if (joined && !session.value)
        return html`<${Loading} />`;
    return html`
        <${Way} at=${at} />
        ${!joined ? html`<${Joining} first onDone=${inside} onStep=${step => setAt(Math.min(step, 1))} />`
            : !may('admin') ? html`<div class="notice warn"><${Icon} name="lock" /><p>${t('first.no-right')}</p></div>`
            : html`<${Site} onStep=${part => setAt(2 + part)} />`}`;
}

function Site({onStep}) {
    const site = useResource('/site');
    const cards = useResource('/cards', {every: 10});
    if (site.error || cards.error)
        return html`<${Failed} error=${site.error ?? cards.error} retry=${() => {
            site.reload();
            cards.reload();
        }} />`;
    if (!site.data || !cards.data)
        return html`<div class="card"><${Loading} lines=${6} /></div>`;
    return html`<${Questions} site=${site} cards=${cards.data} onStep=${onStep} />`;
}

function guessCountry() {
    const region = [...navigator.languages].map(tag => new Intl.Locale(tag).region).find(Boolean);
    return region ?? (language.value === 'de' ? 'DE' : '');
}

/* What is there already counts, then what the appliance suggests, then the default. */
function start(site, cards) {
    const given = Object.fromEntries(site.values.map(one => [one.name, one]));
    const said = Object.fromEntries(cards.suggestions.map(one => [one.name, one.value]));
    const value = (name, otherwise = '') => {
        const one = given[name];
        return one?.value && one.value !== one.default ? one.value : said[name] ?? one?.value ?? one?.default ?? otherwise;
    };
    const named = given.name?.value && given.name.value !== given.name.default;
    return {
        name: named ? given.name.value : '', country: value('country') || guessCountry(),
        lan_interface: value('lan_interface', 'eth0'), lan_address: value('lan_address'),
        uplink_interface: value('uplink_interface'), uplink_address: value('uplink_address', 'dhcp'), uplink_gateway: value('uplink_gateway'),
        dhcp_mode: value('dhcp_mode', 'server'), pool_first: value('pool_first'), pool_last: value('pool_last'), router: value('router'),
        pbx: '', sip_host: value('sip_host'), vpn_public_host: value('vpn_public_host'), phone_ca: given.phone_ca?.value ?? '',
    };
}

function Questions({site, cards, onStep}) {
    const base = useMemo(() => start(site.data, cards), []);
    const form = useForm({base, keep: true, save: async () => ({})});
    const [part, setPart] = useState(0);
    const [error, setError] = useState(null);
    const [busy, setBusy] = useState(false);
    const [moving, setMoving] = useState(false);
    const title = useRef(null);
    const reached = useRef([]);
    const v = form.values;
    useEffect(() => {
        onStep(part);
        document.title = `${t(`way.${PARTS[part]}`)} · Provost`;
        title.current?.focus();
    }, [part]);

    const needed = part === 0 ? ['name'] : ['lan_address', ...(v.dhcp_mode === 'server' ? ['pool_first', 'pool_last'] : [])];
    const missing = needed.find(name => !v[name].trim());

    const finish = async () => {
        setBusy(true);
        setError(null);
        try {
            for (const to of v.pbx.split(/[\s,;]+/).filter(Boolean))
                if (!reached.current.includes(to)) {
                    await send('POST', '/reach', {scope: 'site', owner: '', to: to.includes('/') || to === 'phones' ? to : `${to}/32`, protocol: 'any', ports: ''});
                    reached.current.push(to);
                }
            const {etag} = await request('GET', '/site');
            await send('PATCH', '/site', {values: answers(v)}, {etag});
            await settle();
        } catch (problem) {
            if (problem instanceof Problem && problem.code === 'offline')
                return setMoving(true);
            const field = problem.field?.split('.').pop();
            if (field in HOME) {
                setPart(HOME[field]);
                form.failAt(field === 'to' ? 'pbx' : field, problem.message);
            } else {
                setError(problem);
            }
            setBusy(false);
        }
        return undefined;
    };
    const next = event => {
        event.preventDefault();
        if (missing)
            form.failAt(missing, t('first.needed'));
        else if (part < PARTS.length - 1)
            setPart(part + 1);
        else
            finish();
    };
    if (moving)
        return html`<${Moving} address=${v.lan_address.split('/')[0]} />`;
    return html`
        <form class="card stack" onSubmit=${next} noValidate>
            <h1 ref=${title} tabindex="-1">${t(`way.${PARTS[part]}`)}</h1>
            <p class="hint">${t(`first.${PARTS[part]}.text`)}</p>
            ${part === 0 && may('owner') && html`<p class="hint">${t('first.restore')} <a href="#/backup">${t('first.restore.go')}</a></p>`}
            ${part === 0 ? html`<${SitePart} form=${form} /><${PbxPart} form=${form} /><${TrustPart} form=${form} />`
                : html`<${NetworkPart} form=${form} cards=${cards} /><${AddressPart} form=${form} /><p class="hint">${t('first.ready')}</p>`}
            ${error && html`<${Failed} error=${error} />`}
            <div class="actions first-actions">
                <button class="primary" disabled=${busy} aria-busy=${busy}>${part < PARTS.length - 1 ? t('first.next') : t('first.finish')}</button>
                ${part > 0 && html`<button type="button" disabled=${busy} onClick=${() => setPart(part - 1)}>${t('first.back')}</button>`}
            </div>
        </form>`;
}

/* Only what belongs together: no pool without DHCP, no gateway without an address. */
function answers(v) {
    const server = v.dhcp_mode === 'server';
    const fixed = v.uplink_interface && !['dhcp', 'none'].includes(v.uplink_address);
    const values = {
        name: v.name.trim(), country: v.country, lan_interface: v.lan_interface, lan_address: v.lan_address.trim(), dhcp_mode: v.dhcp_mode,
        uplink_address: v.uplink_interface ? v.uplink_address.trim() : 'none', uplink_gateway: fixed ? v.uplink_gateway.trim() : '',
        pool_first: server ? v.pool_first.trim() : '', pool_last: server ? v.pool_last.trim() : '', router: server ? v.router.trim() : '',
        sip_host: v.sip_host.trim(), vpn_public_host: v.vpn_public_host.trim(),
    };
    if (v.uplink_interface)
        values.uplink_interface = v.uplink_interface;
    if (v.phone_ca.trim())
        values.phone_ca = v.phone_ca.trim();
    return values;
}

async function settle() {
    setup.value = await read('/setup');
    go('/waiting', {first: '1'}, {replace: true});
}

/* The network changed under the page: says where it is now, and goes on by itself when it is found again. */
function Moving({address}) {
    useEffect(() => {
        const timer = setInterval(() => whoAmI().catch(() => {}), 3000);
        return () => clearInterval(timer);
    }, []);
    const port = location.port ? `:${location.port}` : '';
    return html`
        <div class="card stack" role="status">
            <h1>${t('first.moving')}</h1>
            <p>${t('first.moving.text')}</p>
            <ul><li><a href=${`https://${address}${port}/`}>https://${address}${port}/</a></li><li><a href=${`https://provost.local${port}/`}>https://provost.local${port}/</a></li></ul>
            <${Loading} lines=${1} />
        </div>`;
}

function SitePart({form}) {
    const shown = new Intl.DisplayNames(language.value, {type: 'region'});
    const list = COUNTRIES.includes(form.values.country) || !form.values.country ? COUNTRIES : [...COUNTRIES, form.values.country];
    const options = list.map(code => [code, shown.of(code)]).sort((a, b) => a[1].localeCompare(b[1], language.value));
    return html`
        <${TextField} form=${form} name="name" label=${t('first.name')} why=${t('first.name.why')} maxlength="63" required />
        <${SelectField} form=${form} name="country" label=${t('first.country')} why=${t('first.country.why')} options=${[['', t('first.country.none')], ...options]} />`;
}

function cardText(card) {
    return [card.carrier ? t('first.card.cable') : t('first.card.no-cable'), card.addresses.filter(one => !one.startsWith('169.254.')).join(', '), card.mac.toUpperCase().match(/../g)?.join(':')].filter(Boolean).join(' · ');
}

function NetworkPart({form, cards}) {
    const v = form.values;
    const options = cards.cards.map(card => [card.name, card.name, cardText(card)]);
    const because = cards.suggestions.find(one => one.name === 'lan_interface')?.because;
    const others = options.filter(([name]) => name !== v.lan_interface);
    const mode = ['dhcp', 'none'].includes(v.uplink_address) ? v.uplink_address : 'fixed';
    return html`
        <${ChoiceField} form=${form} name="lan_interface" label=${t('first.lan')} why=${t('first.lan.why')} options=${options} />
        ${because && html`<p class="hint"><${Icon} name="info" /> <span lang="en">${because}</span></p>`}
        <${TextField} form=${form} name="lan_address" label=${t('first.lan-address')} why=${t('first.lan-address.why')} placeholder="192.168.10.2/24" maxlength="18" class="mono" required />
        <${ChoiceField} form=${form} name="uplink_interface" label=${t('first.uplink')} why=${t('first.uplink.why')} options=${[...others, ['', t('first.uplink.none'), t('first.uplink.none.why')]]} />
        ${v.uplink_interface && v.uplink_interface !== v.lan_interface && html`
            <div class="columns">
                <div class="field"><label for="uplink-mode">${t('first.uplink-address')}</label>
                    <select id="uplink-mode" value=${mode} onChange=${event => form.set('uplink_address', event.target.value === 'fixed' ? '' : event.target.value)}>
                        <option value="dhcp">${t('first.uplink.dhcp')}</option><option value="fixed">${t('first.uplink.fixed')}</option></select></div>
                ${mode === 'fixed' && html`<${TextField} form=${form} name="uplink_address" label=${t('first.uplink.address')} placeholder="203.0.113.5/29" maxlength="18" class="mono" />
                    <${TextField} form=${form} name="uplink_gateway" label=${t('first.uplink.gateway')} placeholder="203.0.113.1" maxlength="15" class="mono" optional />`}
            </div>`}`;
}

function AddressPart({form}) {
    return html`
        <h2>${t('first.addresses')}</h2>
        <${ChoiceField} form=${form} name="dhcp_mode" label=${t('first.dhcp')} why=${t('first.dhcp.why')} options=${[
            ['server', t('first.dhcp.server'), t('first.dhcp.server.why')], ['off', t('first.dhcp.off'), t('first.dhcp.off.why')]]} />
        ${form.values.dhcp_mode === 'server' && html`
            <div class="columns"><${TextField} form=${form} name="pool_first" label=${t('first.pool-first')} maxlength="15" class="mono" required />
                <${TextField} form=${form} name="pool_last" label=${t('first.pool-last')} maxlength="15" class="mono" required /></div>
            <p class="hint">${t('first.pool.why')}</p>
            <${TextField} form=${form} name="router" label=${t('first.router')} why=${t('first.router.why')} maxlength="15" class="mono" optional />`}`;
}

function PbxPart({form}) {
    return html`
        <h2>${t('first.pbx')}</h2>
        <${TextField} form=${form} name="sip_host" label=${t('first.sip-host')} why=${t('first.sip-host.why')} placeholder="pbx.example.com" maxlength="253" optional />
        <${AreaField} form=${form} name="pbx" label=${t('first.pbx-addresses')} why=${t('first.pbx-addresses.why')} rows="3" class="mono" optional />
        <${TextField} form=${form} name="vpn_public_host" label=${t('first.public-host')} why=${t('first.public-host.why')} placeholder="phones.example.com" maxlength="253" optional />`;
}

function TrustPart({form}) {
    const [wrong, setWrong] = useState(null);
    const take = async event => {
        setWrong(null);
        const texts = await Promise.all([...event.target.files].map(file => file.text()));
        const text = texts.join('\n');
        if (!text.includes('-----BEGIN CERTIFICATE-----'))
            return setWrong(t('first.ca.no-pem'));
        form.set('phone_ca', text);
        return undefined;
    };
    const count = (form.values.phone_ca.match(/-----BEGIN CERTIFICATE-----/g) ?? []).length;
    return html`
        <h2>${t('first.trust')}</h2>
        <div class="field"><label for="ca">${t('first.ca')}</label><p class="hint">${t('first.ca.why')}</p>
            <input id="ca" type="file" accept=".pem,.crt,.cer,application/x-pem-file" multiple onChange=${take} />
            ${wrong && html`<p class="error"><${Icon} name="warning" /> ${wrong}</p>`}</div>
        <${AreaField} form=${form} name="phone_ca" label=${t('first.ca.text')} rows="3" class="mono" spellcheck=${false} optional />
        <p>${count ? html`<${Mark} kind="good" text=${t('first.ca.found', {n: count})} />` : html`<${Mark} kind="warn" text=${t('first.ca.none')} />`}</p>`;
}
