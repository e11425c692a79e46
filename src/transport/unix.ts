import { connect } from 'node:net';
import { defer } from 'rxjs';
import { MqttError } from '../errors.js';
import { connectFailure } from './connect-failure.js';
import type { Transport } from './link.js';
import { opened } from './opened.js';
import { asLink } from './socket-link.js';
import { assertNoTls } from './stream.js';

/** MQTT over a unix domain socket: `unix:///run/broker.sock`. */
export const unix: Transport = target =>
  defer(() => {
    assertNoTls(target);
    if (target.options.proxy !== undefined) throw noProxy();
    const path = decodeURIComponent(target.url.pathname);
    target.onPhase?.('tcp');
    return opened(
      () => connect({ path }),
      'connect',
      cause => connectFailure(cause, path),
    );
  }).pipe(asLink(target));

const noProxy = () =>
  new MqttError('INVALID_ARGUMENT', "option 'proxy' is set, but no proxy leads to a unix socket", { subject: 'proxy' });
