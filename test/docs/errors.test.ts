import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MqttWarning } from '../../src/index.js';
import { root } from './blocks.js';

/** Each code, so that the compiler finds one that is missing here. */
const codes: Record<MqttWarning['code'], true> = {
  CERTIFICATE_NOT_CHECKED: true,
  CLOSE_REPEATED: true,
  HOLD_FULL: true,
  HOOK_FAILED: true,
  LEFT_UNACKNOWLEDGED: true,
  LINK_CANNOT_PAUSE: true,
  MANUAL_ACK_CLEAN_SESSION: true,
  MESSAGE_REFUSED: true,
  RECEIVE_MAXIMUM_IGNORED: true,
  RECEIVE_WINDOW_STUCK: true,
  REFUSAL_RETRIED: true,
  STORE_FAILED: true,
  TAB_NOT_READING: true,
  UNDECODABLE: true,
  UNROUTED_DURABLE: true,
  UNSUBSCRIBE_GIVEN_UP: true,
  VIOLATION_REPEATED: true,
};

describe('docs/errors.md', () => {
  it('explains each warning once, and no other', () => {
    const [, warnings = ''] = readFileSync(join(root, 'docs/errors.md'), 'utf8').split('## Warnings');
    const explained = [...warnings.matchAll(/^\| `([A-Z_]+)` /gm)].map(([, code]) => code);
    expect(explained).to.have.members(Object.keys(codes));
  });
});
