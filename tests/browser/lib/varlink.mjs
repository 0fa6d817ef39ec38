/*
 * varlink: whether something has the shape that an interface file promises, so that what a test plays cannot drift away from what stations say.
 *
 *   const update = interfaceOf('update');                    appliance/update/io.provost.Update.varlink
 *   misfits(update, 'State', value)                          [] or sentences: a field too many, missing, of another type
 */
import fs from 'node:fs';

const FOLDER = process.env.PROVOST_INTERFACES;

function fieldsOf(text) {
    return Object.fromEntries(text.split(',').map(one => one.trim()).filter(Boolean).map(one => one.split(':').map(part => part.trim())));
}

/** {type: {field: type}} */
export function interfaceOf(station) {
    const name = `io.provost.${station[0].toUpperCase()}${station.slice(1)}.varlink`;
    const text = fs.readFileSync(`${FOLDER}/${station}/${name}`, 'utf8').replace(/#.*$/gm, '');
    return Object.fromEntries([...text.matchAll(/^type (\w+) \(([^()]*)\)/gm)].map(([, type, fields]) => [type, fieldsOf(fields)]));
}

const PLAIN = {string: value => typeof value === 'string', int: value => Number.isInteger(value), bool: value => typeof value === 'boolean'};

/** See above. */
export function misfits(types, type, value, where = type) {
    if (type.startsWith('?'))
        return value === null ? [] : misfits(types, type.slice(1), value, where);
    if (type.startsWith('[]'))
        return Array.isArray(value) ? value.flatMap((one, i) => misfits(types, type.slice(2), one, `${where}[${i}]`)) : [`${where} is no list`];
    if (type in PLAIN)
        return PLAIN[type](value) ? [] : [`${where} is no ${type}: ${JSON.stringify(value)}`];
    if (!(type in types))
        return [`${where}: there is no type ${type}`];
    const wanted = types[type];
    return [
        ...Object.keys(value ?? {}).filter(name => !(name in wanted)).map(name => `${where}.${name} is not in the interface`),
        ...Object.entries(wanted).flatMap(([name, of]) => misfits(types, of, value?.[name] ?? null, `${where}.${name}`)),
    ];
}
