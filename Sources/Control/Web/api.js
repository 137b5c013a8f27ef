// Shows openapi.json for people.

import { make } from "./elements.js";

function resolve(reference, text) {
  let value = text;
  for (const step of reference.slice(2).split("/")) value = value?.[step];
  return value ?? {};
}

/** What a schema takes, in a few words. */
function words(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `${words(schema.items)}[]`;
  if (schema.anyOf ?? schema.oneOf) return (schema.anyOf ?? schema.oneOf).map(words).join(" or ");
  return [schema.type].flat().filter(Boolean).join(" or ");
}

function fields(schema, text) {
  const known = schema?.$ref ? resolve(schema.$ref, text) : schema;
  const needed = new Set(known?.required ?? []);
  return Object.entries(known?.properties ?? {}).map(([name, field]) => [
    name + (needed.has(name) ? "" : "?"), words(field), field.description ?? "",
  ]);
}

function table(rows) {
  return make("table", rows.map((row) => make("tr", row.map((cell) => make("td", cell)))));
}

function part(title, rows) {
  return rows.length ? [make("h4", title), table(rows)] : [];
}

function operation(method, path, entry, text) {
  const parameters = (entry.parameters ?? []).map((one) => (one.$ref ? resolve(one.$ref, text) : one));
  const body = entry.requestBody?.content?.["application/json"]?.schema;
  const answers = Object.entries(entry.responses ?? {}).map(([status, one]) => {
    const answer = one.$ref ? resolve(one.$ref, text) : one;
    return [status, words(Object.values(answer.content ?? {})[0]?.schema), answer.description ?? ""];
  });
  return make("article", [
    make("h3", `${method.toUpperCase()} ${path}`),
    make("p", [entry.summary, entry.description].filter(Boolean).join(" ")),
    ...part("Parameters", parameters.map((one) => [one.name, `${one.in} ${words(one.schema)}`, one.description ?? ""])),
    ...part("Body", fields(body, text)),
    ...part("Answers", answers),
  ], { id: entry.operationId });
}

function show(text) {
  document.getElementById("title").textContent = text.info.title;
  const link = make("a", "openapi.json", { href: "openapi.json" });
  document.getElementById("about").replaceChildren(`${text.info.description ?? ""} `, link);
  const entries = [];
  for (const [path, methods] of Object.entries(text.paths)) {
    for (const [method, entry] of Object.entries(methods)) {
      if (entry.responses) entries.push({ path, method, entry });
    }
  }
  document.getElementById("index").append(make("ul", entries.map(({ path, method, entry }) =>
    make("li", make("a", `${method.toUpperCase()} ${path}`, { href: `#${entry.operationId}` })))));
  const shapes = Object.entries(text.components?.schemas ?? {}).filter(([, schema]) => schema.properties);
  document.getElementById("operations").append(
    ...entries.map(({ path, method, entry }) => operation(method, path, entry, text)),
    make("h2", "Shapes"),
    ...shapes.map(([name, schema]) =>
      make("article", [make("h3", name), table(fields(schema, text))], { id: `shape-${name}` })));
}

const answer = await fetch("openapi.json");
show(await answer.json());
