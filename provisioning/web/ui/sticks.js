/*
 * sticks: files on sticks that are plugged into the appliance. Each look is a process of its own there, so it looks when the page is opened and when somebody asks.
 *
 *   html`<${Sticks} path="/backup/sticks" title=${…} none=${…} blocked=${busy} onTake=${file => …} extra=${[column, …]} />`
 *
 * extra: columns (ui/listing.js) between the device and the size. Names on sticks are shown as text.
 */
import {html, useEffect} from '/html.js';
import {t} from '/i18n.js';
import {bytes} from '/format.js';
import {useResource} from '/resource.js';
import {Icon} from '/ui/icon.js';
import {Listing} from '/ui/listing.js';
import {Loading} from '/ui/words.js';
import {Loaded} from '/ui/panel.js';

const AGAIN_MS = 1500;

/** See above. */
export function Sticks({path, title, none, blocked, onTake, extra = []}) {
    const found = useResource(path);
    const busy = found.error?.code === 'not-now';
    // Somebody else looks just now.
    useEffect(() => {
        const timer = busy ? setTimeout(found.reload, AGAIN_MS) : 0;
        return () => clearTimeout(timer);
    }, [found.error]);
    return html`
        <div class="row"><h3>${title}</h3>
            <button type="button" class="small" disabled=${found.loading || busy} onClick=${found.reload}><${Icon} name="refresh" />${t('part.sticks.look')}<span class="spoken">: ${title}</span></button></div>
        ${busy ? html`<${Loading} lines=${1} />` : html`<${Loaded} of=${found} lines=${1} show=${data => html`
            <${Listing} caption=${title} rows=${data.files} id=${one => `${one.device}/${one.name}`} empty=${none} columns=${[
                {name: t('part.sticks.file'), head: true, cell: one => html`<code class="long">${one.name}</code>`},
                {name: t('part.sticks.device'), cell: one => html`<code>${one.device}</code>`},
                ...extra,
                {name: t('part.sticks.size'), number: true, cell: one => bytes(one.size)},
                {name: t('part.do'), tight: true, cell: one => html`<button type="button" class="small" disabled=${blocked} onClick=${() => onTake(one)}>${t('part.sticks.take')}<span class="spoken"> ${one.name}</span></button>`},
            ]} />`} />`}`;
}
