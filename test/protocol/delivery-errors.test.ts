import { expect } from 'chai';
import { publishRefused, sentBefore } from '../../src/protocol/outbound/delivery-errors.js';
import { publishObstacle } from '../../src/protocol/limits.js';
import { isError, limits, message } from './support.js';

describe('errors of deliveries', () => {
  it('name the packet and the reason of a refusal; the broker’s own words where there are some', () => {
    const refusal = (reasonString?: string) =>
      publishRefused(message('a'), {
        cmd: 'pubrec',
        packetId: 1,
        reasonCode: 0x87,
        properties: reasonString === undefined ? {} : { reasonString },
      });
    expect(refusal().message).to.equal("the broker refused the message to 'a' by PUBREC 0x87 not authorized");
    expect(refusal()).not.to.have.property('reasonString');
    expect(refusal('no').message).to.contain('not authorized (no)');
    isError(refusal('no'), 'PUBLISH_REFUSED', { reasonString: 'no', retryable: false });
  });

  it('take an absent reason code for 0', () => {
    expect(publishRefused(message('a'), { cmd: 'puback', packetId: 1 })).to.include({ reasonCode: 0 });
  });

  it('do not call rejected what was sent before', () => {
    const obstacle = publishObstacle(message('a', { qos: 2 }), limits({ maximumQoS: 1 }))!;
    const error = sentBefore(obstacle);
    isError(error, 'NOT_SUPPORTED', { reasonCode: 0x9b, subject: 'a', delivery: 'indeterminate', retryable: false });
    expect(error.message).to.contain(obstacle.message);
  });
});
