/* Words in the reader's language. Django's catalogue, loaded before the modules, brings the translations; without it
   the words stay English. `format` fills in %(name)s. */

const catalogue = () => globalThis.django ?? {};

export const gettext = (text) => catalogue().gettext?.(text) ?? text;

export const ngettext = (one, many, count) => catalogue().ngettext?.(one, many, count) ?? (count === 1 ? one : many);

export const format = (text, values) => text.replace(/%\((\w+)\)s/g, (whole, name) => values[name] ?? whole);
