/*
 * table: rows of which only those in sight are in the page, so ten thousand are as quick as ten.
 *
 *   const list = usePaged('/phones', 'phones', {text, state}, {on: ['phone'], rowKey: row => row.mac});    a list of the API, read as it is scrolled
 *   html`<${Table} label=${t('phones.title')} columns=${COLUMNS} ...${list.table} rowKey=${row => row.mac} onOpen=${row => go(`/phones/${row.mac}`)}
 *       selected=${selected} onSelect=${setSelected} sort="name" onSort=${setSort} empty=${html`<${Empty} …/>`} />`
 *   html`<${Table} label columns rows=${leases} rowKey=… />`          rows that are all there
 *
 * A column: {name, label, cell: row => template or text, width: '12rem' or nothing (shares the rest), sort: 'name' (what GET takes), number: true (right
 * aligned), narrow: 'hide' (not on small screens) or its width there, main: true (the row's heading)}.
 * Keyboard: Tab reaches one row; arrows, Page Up/Down, Home, End move; Enter opens; Space selects; with Shift as far as from the last one.
 * onFocusRow(row): another row has the focus. onKey(event, row): further keys of a page (waiting.js).
 *
 * usePaged: rows, total, loading, error, reload(), and `table`: what <Table> needs. A change of one phone changes its row alone.
 */
import {html, useState, useEffect, useRef, useLayoutEffect, classes} from '/html.js';
import {read} from '/api.js';
import {onChange} from '/events.js';
import {t} from '/i18n.js';
import {Icon} from '/ui/icon.js';

const PAGE = 100;
const LEAP = 500;
const OVER = 8;
const ALL = 60;
const WIDE = 40;

/** A list of the API with a cursor; see above. one: how a single row is read again: key => query; null: the list is. limit, most: how many at
 * once, usually and when it is scrolled far. */
export function usePaged(path, name, query = {}, {on = [], rowKey = row => row.mac, one = key => ({text: key, limit: 1}), limit = PAGE, most = LEAP} = {}) {
    const [state, setState] = useState({rows: null, total: 0, next: null, loading: true, error: null});
    const run = useRef({rows: null, next: null, abort: null, wanted: 0});
    const where = path === null ? null : path + JSON.stringify(query);

    const fetchMore = async (job, from, size) => {
        job.busy = true;
        const body = await read(path, {...query, after: from, limit: size}, {signal: job.abort.signal});
        job.rows = from === undefined ? body[name] : [...job.rows, ...body[name]];
        job.next = body.next ?? null;
        job.total = body.total ?? job.rows.length + (job.next ? 1 : 0);
        job.busy = false;
        if (!job.abort.signal.aborted)
            setState({rows: job.rows, total: job.total, next: job.next, loading: false, error: null});
    };
    const fail = (job, error) => {
        job.busy = false;
        if (!job.abort.signal.aborted)
            setState(old => ({...old, loading: false, error}));
    };
    const start = async atLeast => {
        run.current.abort?.abort();
        const job = run.current = {rows: null, next: null, abort: new AbortController(), wanted: 0, busy: false};
        setState(old => ({...old, loading: true}));
        try {
            await fetchMore(job, undefined, Math.min(most, Math.max(limit, atLeast)));
        } catch (error) {
            fail(job, error);
        }
    };
    const need = async index => {
        const job = run.current;
        job.wanted = Math.max(job.wanted, index);
        if (job.busy || !job.rows)
            return;
        try {
            while (job.next && job.rows.length <= job.wanted && !job.abort.signal.aborted)
                await fetchMore(job, job.next, job.wanted - job.rows.length > limit ? most : limit);
        } catch (error) {
            fail(job, error);
        }
    };

    useEffect(() => {
        if (path === null)
            return undefined;
        start(limit);
        const keys = new Set();
        let timer = 0;
        const settle = async () => {
            const job = run.current;
            const list = [...keys];
            keys.clear();
            if (!one || !job.rows || list.includes('') || list.length > 5 || job.rows.length <= limit)
                return start(job.rows?.length ?? limit);
            for (const key of list) {
                const at = job.rows.findIndex(row => rowKey(row) === key);
                const row = at >= 0 && (await read(path, one(key)).catch(() => null))?.[name]?.find(found => rowKey(found) === key);
                if (row && run.current === job) {
                    job.rows = job.rows.with ? job.rows.with(at, row) : job.rows.map((old, i) => i === at ? row : old);
                    setState(old => ({...old, rows: job.rows}));
                }
            }
            return undefined;
        };
        const stop = on.length ? onChange(on, key => {
            keys.add(key);
            timer ||= setTimeout(() => {
                timer = 0;
                settle();
            }, 400);
        }) : null;
        return () => {
            run.current.abort?.abort();
            clearTimeout(timer);
            stop?.();
        };
    }, [where]);

    return {...state, reload: () => start(limit), table: {rows: state.rows, total: state.total, loading: state.loading, error: state.error, onNeed: need}};
}

function rowHeight() {
    return matchMedia('(max-width: 640px)').matches ? 60 : WIDE;
}

/* The rows in sight: [first, last). */
function useWindow(box, count, height) {
    const [span, setSpan] = useState([0, 40]);
    useLayoutEffect(() => {
        const element = box.current;
        if (!element || count <= ALL)
            return undefined;
        let frame = 0;
        const look = () => {
            frame = 0;
            const first = Math.max(0, Math.floor(element.scrollTop / height) - OVER);
            const last = Math.ceil((element.scrollTop + element.clientHeight) / height) + OVER;
            setSpan(old => old[0] === first && old[1] === last ? old : [first, last]);
        };
        const soon = () => {
            frame ||= requestAnimationFrame(look);
        };
        look();
        element.addEventListener('scroll', soon, {passive: true});
        const size = new ResizeObserver(soon);
        size.observe(element);
        return () => {
            cancelAnimationFrame(frame);
            element.removeEventListener('scroll', soon);
            size.disconnect();
        };
    }, [count > ALL, height]);
    return count <= ALL ? [0, count] : [span[0], Math.min(count, span[1])];
}

/** See above. */
export function Table(props) {
    const {label, columns, rows, total, onNeed, rowKey, onOpen, selected, onSelect, sort, onSort, empty, onKey, loading, error, rowClass, onFocusRow} = props;
    const box = useRef(null);
    const [focus, setFocus] = useState(0);
    const [height, setHeight] = useState(rowHeight);
    const last = useRef(null);
    const moved = useRef(false);
    const narrow = height !== WIDE;
    const shown = narrow ? columns.filter(column => column.narrow !== 'hide') : columns;
    const count = Math.max(total ?? 0, rows?.length ?? 0);
    const [from, to] = useWindow(box, count, height);

    useEffect(() => {
        const wide = matchMedia('(max-width: 640px)');
        const change = () => setHeight(rowHeight());
        wide.addEventListener('change', change);
        return () => wide.removeEventListener('change', change);
    }, []);
    useEffect(() => {
        if (rows && to > rows.length && rows.length < count)
            onNeed?.(to);
    }, [from, to, rows, count]);
    useEffect(() => {
        if (focus >= count && count)
            setFocus(count - 1);
    }, [count]);
    useLayoutEffect(() => {
        if (moved.current) {
            const row = box.current.querySelector(`[aria-rowindex="${focus + 2}"]`);
            if (row) {
                moved.current = false;
                row.focus({preventScroll: true});
            }
        }
    });

    if (rows && !count && !loading)
        return empty ?? html`<p class="faint">${t('table.empty')}</p>`;

    const move = index => {
        const next = Math.max(0, Math.min(count - 1, index));
        moved.current = true;
        setFocus(next);
        const element = box.current;
        if (count > ALL) {
            const head = element.querySelector('thead').offsetHeight;
            if (next * height < element.scrollTop)
                element.scrollTop = next * height;
            else if ((next + 1) * height + head > element.scrollTop + element.clientHeight)
                element.scrollTop = (next + 1) * height + head - element.clientHeight;
        } else {
            element.querySelector(`[aria-rowindex="${next + 2}"]`)?.scrollIntoView({block: 'nearest'});
        }
    };
    const toggle = (index, shift) => {
        const next = new Set(selected);
        const put = !next.has(rowKey(rows[index]));
        const [a, b] = shift && last.current !== null ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index];
        for (let i = a; i <= b; i++)
            if (rows[i])
                put ? next.add(rowKey(rows[i])) : next.delete(rowKey(rows[i]));
        last.current = index;
        onSelect(next);
    };
    const keys = (event, index) => {
        if (event.target !== event.currentTarget || event.ctrlKey || event.altKey || event.metaKey)
            return;
        const page = Math.max(1, Math.floor(box.current.clientHeight / height) - 2);
        const to = {ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page, Home: 0, End: count - 1}[event.key];
        if (to !== undefined) {
            event.preventDefault();
            move(to);
        } else if (event.key === 'Enter' && onOpen && rows[index]) {
            onOpen(rows[index]);
        } else if (event.key === ' ' && onSelect && rows[index]) {
            event.preventDefault();
            toggle(index, event.shiftKey);
        } else if (rows[index]) {
            onKey?.(event, rows[index], index);
        }
    };
    const span = shown.length + (onSelect ? 1 : 0);
    const all = onSelect && rows?.length > 0 && rows.every(row => selected.has(rowKey(row)));

    return html`
        ${error && html`<div class="notice bad" role="alert"><${Icon} name="warning" /><p>${error.message}</p></div>`}
        <div class=${classes('table-box', count > ALL && 'long')} ref=${box} aria-busy=${loading ? 'true' : null}>
            <table class="table" role="grid" aria-label=${label} aria-rowcount=${count + 1} aria-multiselectable=${onSelect ? 'true' : null}>
                <colgroup>
                    ${onSelect && html`<col class="pick" />`}
                    ${shown.map(column => html`<col key=${column.name} style=${{width: (narrow ? column.narrow : column.width) ?? ''}} />`)}
                </colgroup>
                <thead><tr aria-rowindex="1">
                    ${onSelect && html`<th scope="col" class="pick"><input type="checkbox" checked=${all} aria-label=${t('table.all')}
                        onChange=${() => onSelect(all ? new Set() : new Set(rows.map(rowKey)))} /></th>`}
                    ${shown.map(column => html`<${Heading} key=${column.name} column=${column} sort=${sort} onSort=${onSort} />`)}
                </tr></thead>
                <tbody>
                    ${from > 0 && html`<tr class="space" aria-hidden="true"><td colspan=${span} style=${{height: `${from * height}px`}}></td></tr>`}
                    ${Array.from({length: Math.max(0, to - from)}, (_, i) => {
                        const index = from + i;
                        const row = rows?.[index];
                        if (!row)
                            return html`<tr key=${`gap-${index}`} class="gap" aria-hidden="true"><td colspan=${span}><i></i></td></tr>`;
                        const key = rowKey(row);
                        const picked = selected?.has(key);
                        return html`
                            <tr key=${key} class=${classes(onOpen && 'opens', picked && 'picked', rowClass?.(row))} aria-rowindex=${index + 2} tabindex=${index === focus ? 0 : -1}
                                aria-selected=${onSelect ? String(Boolean(picked)) : null} onKeyDown=${event => keys(event, index)} onFocus=${() => {
                                    setFocus(index);
                                    onFocusRow?.(row);
                                }}
                                onClick=${event => onOpen && !event.target.closest('a,button,input,label') && !getSelection().toString() && onOpen(row)}>
                                ${onSelect && html`<td class="pick"><input type="checkbox" tabindex="-1" checked=${picked} aria-label=${t('table.pick')}
                                    onClick=${event => toggle(index, event.shiftKey)} /></td>`}
                                ${shown.map(column => column.main
                                    ? html`<th key=${column.name} scope="row">${column.cell(row)}</th>`
                                    : html`<td key=${column.name} class=${column.number ? 'number' : null}>${column.cell(row)}</td>`)}
                            </tr>`;
                    })}
                    ${!rows && Array.from({length: 6}, (_, i) => html`<tr key=${i} class="gap" aria-hidden="true"><td colspan=${span}><i></i></td></tr>`)}
                    ${to < count && html`<tr class="space" aria-hidden="true"><td colspan=${span} style=${{height: `${(count - to) * height}px`}}></td></tr>`}
                </tbody>
            </table>
        </div>`;
}

function Heading({column, sort, onSort}) {
    const kind = column.number ? 'number' : null;
    if (!column.sort || !onSort)
        return html`<th scope="col" class=${kind}>${column.label}</th>`;
    const up = sort === column.sort;
    const down = sort === `-${column.sort}`;
    return html`
        <th scope="col" class=${kind} aria-sort=${up ? 'ascending' : down ? 'descending' : 'none'}>
            <button type="button" class="heading" onClick=${() => onSort(up ? `-${column.sort}` : column.sort)}>${column.label}
                ${(up || down) && html`<${Icon} name=${up ? 'up' : 'down'} />`}</button></th>`;
}
