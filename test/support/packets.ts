import type { AuthPacket } from '../../src/index.js';

export {
  connack,
  disconnect,
  pingresp,
  puback,
  pubcomp,
  publish,
  pubrec,
  pubrel,
  suback,
  unsuback,
  describePacket,
} from '../../src/testing/index.js';

/** An AUTH of the method `T`, unless it is given another one. */
export const auth = (reasonCode: number, data?: string, method = 'T'): AuthPacket => ({
  cmd: 'auth',
  reasonCode,
  properties: authentication(data, method),
});

/** What CONNACK and AUTH say of an authentication. */
export const authentication = (data?: string, method = 'T') => ({
  authenticationMethod: method,
  ...(data === undefined ? {} : { authenticationData: Buffer.from(data) }),
});
