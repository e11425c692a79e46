import { expect } from 'chai';
import { map } from 'rxjs';
import { describeFailure, simulate } from '../../src/testing/index.js';
import { durableScenario, faultsWithLoss } from './durable-scenario.js';

describe('simulate()', () => {
  it('finds no broken promise of a durable session in 150 runs', function () {
    this.timeout(120_000);
    const { runs, failures } = simulate({
      seeds: 150,
      scenario: durableScenario,

      throws: false,
    });
    expect(failures.map(describeFailure)).to.deep.equal([]);
    expect(runs).to.equal(150);
  });

  it('finds no broken promise in 60 runs whose broker loses its sessions', function () {
    this.timeout(120_000);
    const { runs, failures } = simulate({
      seeds: 60,
      scenario: durableScenario,
      faults: faultsWithLoss,
      throws: false,
    });
    expect(failures.map(describeFailure)).to.deep.equal([]);
    expect(runs).to.equal(60);
  });

  it('reports the seed and a small schedule of a program that loses messages in a crash', () => {
    const { failures } = simulate({
      seeds: 50,
      throws: false,
      scenario: simulation => {
        const published: string[] = [];
        const arrived = new Set<string>();
        const topic = ({ packet }: { packet: { cmd: string; topic?: string } }) => packet.topic ?? '';
        simulation.broker.packet$
          .pipe(map(topic))
          .subscribe({ next: name => arrived.add(name), error: () => undefined });
        simulation.process({}, client => client.connect().subscribe({ error: () => undefined }));
        simulation.action('publish', (client, n) => {
          published.push(`t/${n}`);
          client.publish(`t/${n}`, '', { qos: 1 }).subscribe({ error: () => undefined });
        });
        simulation.check(() => expect(published.filter(name => !arrived.has(name))).to.deep.equal([]));
      },
    });
    expect(failures).to.have.length(1);
    const [{ events, diagram, seed } = { events: [], diagram: '', seed: 0 }] = failures;
    expect(seed).to.be.above(0);
    expect(events.length).to.be.below(5);
    expect(diagram).to.match(/^actions .*publish/m);
  });

  it('makes the same run for the same seed', () => {
    const failing = () =>
      simulate({
        seeds: [7],
        throws: false,
        scenario: simulation => {
          simulation.process({}, client => client.connect().subscribe({ error: () => undefined }));
          simulation.check(() => {
            throw new Error('always');
          });
        },
      }).failures.map(describeFailure);
    expect(failing()).to.deep.equal(failing());
  });
});
