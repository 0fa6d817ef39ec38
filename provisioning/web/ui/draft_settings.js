/*
 * draft_settings: changes of one scope's settings that are not saved yet, and what they would do.
 *
 *   const draft = useDraft(scope, owner, resource);
 *   draft.rows          what is there with the changes upon it: [{id, one, base, changed, conflict}]
 *   draft.put(id, one), draft.add(name, entry, value), draft.remove(id), draft.undo(id), draft.clear()
 *   draft.dirty, draft.changes (for the API)
 *   draft.trial         {asking, phones, findings, problem, again()}: the appliance's answer to dry_run, asked 400 ms after the last change
 *   draft.save(reason)  sends it; a Problem is thrown. 412: what is there now is read, and the draft stays upon it
 */
import {useState, useEffect, useRef} from '/html.js';
import {send} from '/api.js';
import {onChange} from '/events.js';
import {guard} from '/router.js';
import {later} from '/ui/act.js';

const REST_MS = 400;
const NO_TRIAL = {asking: false, phones: null, findings: [], problem: null};

function keyOf({name, index}) {
    return `${name}[${index ?? ''}]`;
}

function same(a, b) {
    return a.value === b.value && (a.permission ?? '') === (b.permission ?? '') && JSON.stringify(a.attributes ?? null) === JSON.stringify(b.attributes ?? null);
}

/* A secret that was not typed anew is no change of its value, and cannot be sent again: only what was typed is. */
function differs(one, base) {
    return !base || one.value === null || (base.secret ? one.value !== '' : !same(one, base));
}

function forApi({name, index, value, permission, attributes}) {
    return {name, index: index ?? null, value, permission: permission ?? '', attributes: attributes ?? null};
}

/* What is there, with the draft upon it; new ones first, where they are typed. */
function overlay(there, typed) {
    const bases = new Map(there.map(base => [keyOf(base), base]));
    const added = [...typed.values()].filter(row => !row.from || !bases.has(row.id));
    const rows = added.filter(row => row.one.value !== null).map(row => ({id: row.id, one: row.one, base: null, changed: true, conflict: Boolean(row.from)}));
    for (const [id, base] of bases) {
        const row = typed.get(id);
        const one = row?.one ?? base;
        const changed = Boolean(row) && differs(one, base);
        rows.push({id, one, base, changed, conflict: changed && Boolean(row.from) && !base.secret && !same(row.from, base)});
    }
    return rows;
}

function useTrial(path, changes, resource) {
    const [trial, setTrial] = useState(NO_TRIAL);
    const ask = useRef(null);
    const turn = useRef(0);
    const state = useRef(null);
    state.current = {path, changes, resource};
    ask.current ??= later(async () => {
        const mine = ++turn.current;
        const {path: where, changes: what, resource: of} = state.current;
        try {
            const {body} = await send('PUT', where, {settings: what, dry_run: true}, {etag: of.etag});
            if (mine === turn.current)
                setTrial({asking: false, phones: body.phones, findings: body.findings, problem: null});
        } catch (error) {
            if (mine === turn.current)
                setTrial({asking: false, phones: null, findings: [], problem: error.status === 412 ? null : error});
            if (error.status === 412)
                of.reload();
        }
    }, REST_MS);
    const said = JSON.stringify(changes);
    useEffect(() => {
        turn.current++;
        if (changes.length && resource.etag) {
            setTrial(old => ({...old, asking: true}));
            ask.current.call();
        } else {
            ask.current.stop();
            setTrial(NO_TRIAL);
        }
    }, [said, resource.etag]);
    /* A roll-out that ends lets through what was refused because of it. */
    useEffect(() => onChange(['rollout'], () => state.current.changes.length && ask.current.call()), []);
    useEffect(() => () => ask.current.stop(), []);
    return {...trial, again: () => ask.current.call()};
}

/** See above. */
export function useDraft(scope, owner, resource) {
    const path = `/scopes/${scope}/${encodeURIComponent(owner)}/settings`;
    const [typed, setTyped] = useState(new Map());
    const number = useRef(0);
    const rows = overlay(resource.data?.settings ?? [], typed);
    const changes = rows.filter(row => row.changed && row.one.name).map(row => forApi(row.one));
    const dirty = changes.length > 0;
    const isDirty = useRef(false);
    isDirty.current = dirty;
    useEffect(() => guard(() => isDirty.current), []);
    const trial = useTrial(path, changes, resource);

    const change = fn => setTyped(old => {
        const next = new Map(old);
        fn(next);
        return next;
    });
    const baseOf = id => resource.data?.settings.find(base => keyOf(base) === id) ?? null;
    const put = (id, one) => change(map => map.set(id, {id, one, from: map.get(id)?.from ?? baseOf(id)}));
    const add = (name, entry, value) => {
        const there = rows.find(row => row.one.name === name && (row.one.index ?? null) === null);
        if (there && (!entry || entry.index === 'none')) {
            if (value !== undefined)
                put(there.id, {...there.one, value});
            return there.id;
        }
        const id = `new-${++number.current}`;
        const first = entry?.type === 'switch' ? 'on' : entry?.type === 'choice' ? entry.values.split(',')[0] : '';
        change(map => map.set(id, {id, from: null, one: {
            name, index: null, value: value ?? first, permission: ['rw', 'user'].includes(entry?.change) ? 'RW' : 'R', attributes: null,
        }}));
        return id;
    };
    return {
        rows, changes, dirty, trial, put, add,
        remove: id => put(id, {...(baseOf(id) ?? typed.get(id).one), value: null}),
        undo: id => change(map => map.delete(id)),
        clear: () => setTyped(new Map()),
        async save(reason) {
            try {
                const {body} = await send('PUT', path, {settings: changes, ...(reason && {reason})}, {etag: resource.etag});
                isDirty.current = false;
                setTyped(new Map());
                resource.reload();
                return body;
            } catch (error) {
                if (error.status === 412)
                    resource.reload();
                throw error;
            }
        },
    };
}

/** The findings about one setting. */
export function findingsOf(findings, one) {
    return findings.filter(finding => finding.name === one.name && (finding.index ?? null) === (one.index ?? null));
}
