/** What a packet is about: gives it its colour. */
export type PacketFamily = 'connection' | 'message' | 'ack' | 'subscription' | 'ping';

export function familyOf(name: string): PacketFamily {
  if (name === 'PUBLISH') return 'message';
  if (name.startsWith('PUB')) return 'ack';
  if (name.includes('SUB')) return 'subscription';
  return name.startsWith('PING') ? 'ping' : 'connection';
}

export type Colours = Readonly<Record<'line' | 'fill' | 'ink', string>>;

export interface Theme {
  readonly page: string;
  readonly frame: string;
  readonly ink: string;
  readonly muted: string;
  readonly faint: string;
  readonly wash: string;
  readonly hatch: string;
  readonly red: Colours;
  readonly value: Colours;
  readonly source: Colours;
  readonly states: Readonly<Record<'quiet' | 'trying' | 'up' | 'down', Colours>>;
  readonly families: Readonly<Record<PacketFamily, Colours>>;
}

/** For white paper and white pages. */
export const light: Theme = {
  page: '#ffffff',
  frame: '#d8dee4',
  ink: '#1f2328',
  muted: '#59636e',
  faint: '#d8dee4',
  wash: '#f6f8fa',
  hatch: '#d0d7de',
  red: { line: '#cf222e', fill: '#ffebe9', ink: '#a40e26' },
  value: { line: '#bf8700', fill: '#fff8c5', ink: '#4d2d00' },
  source: { line: '#8c959f', fill: '#ffffff', ink: '#1f2328' },
  states: {
    quiet: { line: '#afb8c1', fill: '#eaeef2', ink: '#424a53' },
    trying: { line: '#d4a72c', fill: '#fff8c5', ink: '#633c01' },
    up: { line: '#4ac26b', fill: '#dafbe1', ink: '#116329' },
    down: { line: '#ff8182', fill: '#ffebe9', ink: '#a40e26' },
  },
  families: {
    connection: { line: '#57606a', fill: '#f6f8fa', ink: '#24292f' },
    message: { line: '#0969da', fill: '#ddf4ff', ink: '#0a3069' },
    ack: { line: '#1a7f37', fill: '#dafbe1', ink: '#044f1e' },
    subscription: { line: '#8250df', fill: '#fbefff', ink: '#3e1f79' },
    ping: { line: '#bf3989', fill: '#ffeff7', ink: '#611347' },
  },
};

export const dark: Theme = {
  page: '#0d1117',
  frame: '#30363d',
  ink: '#e6edf3',
  muted: '#9198a1',
  faint: '#262c36',
  wash: '#151b23',
  hatch: '#30363d',
  red: { line: '#f85149', fill: '#3c1618', ink: '#ffc1ba' },
  value: { line: '#bb8009', fill: '#2f2408', ink: '#f2cc60' },
  source: { line: '#656c76', fill: '#0d1117', ink: '#e6edf3' },
  states: {
    quiet: { line: '#3d444d', fill: '#21262d', ink: '#b1bac4' },
    trying: { line: '#7d5a0b', fill: '#2b2210', ink: '#e3b341' },
    up: { line: '#238636', fill: '#0f2f1b', ink: '#7ee787' },
    down: { line: '#8e2a2d', fill: '#351518', ink: '#ffa198' },
  },
  families: {
    connection: { line: '#8b949e', fill: '#1c2128', ink: '#e6edf3' },
    message: { line: '#388bfd', fill: '#0c2d57', ink: '#cae8ff' },
    ack: { line: '#2ea043', fill: '#0f2f1b', ink: '#aff5b4' },
    subscription: { line: '#a371f7', fill: '#271a45', ink: '#e2c5ff' },
    ping: { line: '#db61a2', fill: '#3b1530', ink: '#ffbedd' },
  },
};
