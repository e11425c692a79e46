import { expect } from 'chai';
import { RestoredPublication } from '../../src/client/publishing/publication.js';
import { SuspendedPublications } from '../../src/client/publishing/suspended-publications.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import type { StoredMessage } from '../../src/protocol/session-recorder.js';

const stored: StoredMessage = {
  topic: 'a',
  payload: new Uint8Array([1, 2]),
  qos: 2,
  requestedQoS: 2,
  retain: false,
  properties: undefined,
  expiresAt: undefined,
  tag: 'sale',
  stage: 'queued',
  packetId: 0,
  sentBefore: false,
};

/** What a session holds, as far as it matters here. */
const holding = (...all: OutgoingPublish[]) => ({ inFlight: { all }, queue: { all: [] } }) as never;

/** A message whose outcome somebody waits for, which is suspended and forgotten. */
function suspended(of: StoredMessage = stored) {
  const publication = new RestoredPublication(of);
  publication.isSettled = false;
  publication.record = { sequence: 7, stored: 'queued', hasPosition: false, isDurable: true };
  const publications = new SuspendedPublications();
  publications.addAll(holding(publication));
  publication.stage = 'settled';
  return { publication, publications };
}

describe('a message whose outcome somebody waits for while its page is hidden', () => {
  it('is the one that the store has under its number, as far as it has come there', () => {
    const { publication, publications } = suspended();
    const now: StoredMessage = { ...stored, stage: 'sent', packetId: 3, sentBefore: true };
    expect(publications.restore(now, 7)).to.equal(publication);
    expect(publication).to.include({ stage: 'sent', packetId: 3, sentBefore: true, bytes: 3 });
    expect(publications.restore(now, 8)).to.equal(undefined);
  });

  it('is another one if the content is another one', () => {
    const others: Partial<StoredMessage>[] = [
      { topic: 'b' },
      { payload: new Uint8Array([1, 3]) },
      { payload: new Uint8Array([1]) },
      { requestedQoS: 1, qos: 1 },
      { retain: true },
      { tag: undefined },
    ];
    for (const other of others) {
      const { publication, publications } = suspended();
      expect(publications.restore({ ...stored, ...other }, 7)).to.equal(undefined);
      expect(publication.stage).to.equal('settled');
    }
  });

  it('is recognized without its payload once the broker has it', () => {
    const released: StoredMessage = { ...stored, stage: 'released', packetId: 3, payload: new Uint8Array() };
    const { publication, publications } = suspended();
    expect(publications.restore(released, 7)).to.equal(publication);
    expect(publication.stage).to.equal('released');
  });

  it('is to be restored again if the page is left before all is restored', () => {
    const { publication, publications } = suspended();
    publications.restore(stored, 7);
    expect(publication.stage).to.equal('queued');
    publications.addAll(holding());
    expect(publications.removeAll()).to.deep.equal([publication]);
    expect(publication.stage).to.equal('settled');
    expect(publications.all).to.deep.equal([]);
  });
});
