import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import './support/fakes.mjs';

const types = readFileSync(new URL('../../Sources/Sdk/call-sdk.d.ts', import.meta.url), 'utf8');
const modules = {
  'the ES module': await import('../../.build/sdk/call-sdk.js'),
  'the CommonJS module': createRequire(import.meta.url)('../../.build/sdk/call-sdk.cjs'),
};

const words = (pattern, text = types) => [...text.matchAll(pattern)].map(([, word]) => word).sort();

for (const [name, module] of Object.entries(modules)) {
  test(`${name} exports what the types declare`, () => {
    const declared = words(/^export declare (?:const|class|function) (\w+)/gm);
    assert.deepEqual(Object.keys(module).filter(name => name !== 'parts').sort(), declared);
  });

  test(`${name} has the methods, codes and events that the types declare`, () => {
    const block = types.match(/export declare class CallSDK \{([^]*?)\n\}/)[1];
    const methods = words(/^ {2}(?:readonly )?(\w+)[<(:]/gm, block).filter(word => word !== 'state');
    const { prototype } = module.CallSDK;
    assert.deepEqual(Object.getOwnPropertyNames(prototype).sort(), methods);
    const codes = words(/^ {2}([A-Z_]+): '/gm, types.match(/declare const ErrorCode([^]*?)\}>/)[1]);
    assert.deepEqual(Object.keys(module.ErrorCode).sort(), codes);
    for (const [key, value] of Object.entries(module.ErrorCode)) assert.equal(key, value);
    const events = words(/^ {2}'([a-z-]+)':/gm, types.match(/interface CallEvents \{([^]*?)\n\}/)[1]);
    assert.deepEqual(Object.values(module.CallEvent).sort(), events);
  });
}
