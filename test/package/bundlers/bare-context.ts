import { createContext, runInContext } from 'node:vm';
import { Linter } from 'eslint';
import { peerWebSocket } from './peer-web-socket.js';
import { scriptedPeer } from './peer.js';

/** Of what browsers and workers have, all that the client and RxJS may count on. */
const platform = {
  AbortController,
  AbortSignal,
  TextDecoder,
  TextEncoder,
  URL,
  clearInterval,
  clearTimeout,
  crypto,
  performance,
  queueMicrotask,
  setInterval,
  setTimeout,
};

/** What a bundle may name too, if it does without where it is missing. Each browser that has Web Locks has a BroadcastChannel. */
const optional = [
  'AsyncIterator',
  'BroadcastChannel',
  'WebSocket',
  'console',
  'document',
  'navigator',
  'self',
  'window',
];

/** Runs a script where nothing is of Node, nor eval allowed; gives what it leaves in `globalThis.result`. */
export async function runBare(code: string): Promise<unknown> {
  const codeGeneration = { strings: false, wasm: false };
  const context = createContext({ ...platform }, { codeGeneration });
  const webSocketTo = runInContext(peerWebSocket, context) as (connect: typeof scriptedPeer) => unknown;
  Object.assign(context, { WebSocket: webSocketTo(scriptedPeer) });
  runInContext(code, context);
  return (context as { result?: unknown }).result;
}

/** The globals in a script that not every browser has, such as `process`; also where it only asks whether they are there. */
export function foreignGlobals(code: string): string[] {
  const known = [...Object.keys(platform), ...optional];
  const globals = Object.fromEntries(known.map(name => [name, 'readonly' as const]));
  const messages = new Linter().verify(
    code,
    { languageOptions: { globals, sourceType: 'script' }, rules: { 'no-undef': ['error', { typeof: true }] } },
    { allowInlineConfig: false },
  );
  return [...new Set(messages.map(({ message }) => message))];
}
