import { performance } from 'node:perf_hooks';
import { expect } from 'chai';
import { type Subscription, firstValueFrom, interval, timer } from 'rxjs';
import { type MqttClient, mqtt } from '../../src/index.js';
import { type WebBroker, mosquitto } from './brokers.js';
import { type Global, describeChromium } from './chromium.js';

const perSecond = 10_000;
const seconds = 10;
const payload = new Uint8Array(64);

/** QoS 0 at an even rate: what the clock says is due. */
function flood(client: MqttClient): Subscription {
  const began = performance.now();
  let sent = 0;
  return interval(10).subscribe(() => {
    const due = Math.min(seconds * perSecond, Math.floor(((performance.now() - began) / 1000) * perSecond));
    for (; sent < due; sent++) client.publish('flood', payload).subscribe();
  });
}

describeChromium('a page in Chromium', theatre => {
  let broker: WebBroker;
  before(async () => (broker = await mosquitto(['max_queued_messages 0'])));
  after(() => broker.stop());

  it('takes 10,000 messages a second for ten seconds, and answers clicks meanwhile', async function () {
    this.timeout(60_000);
    const page = await theatre.show();
    const { x, y, width, height } = (await page.locator('button').boundingBox())!;
    const publisher = mqtt(broker.urls.mqtt);
    await firstValueFrom(publisher.connect());
    await page.evaluate(url => (globalThis as unknown as Global).stage.listen(url, 'flood'), broker.urls.ws);
    let isThrough = false;
    const heard = page
      .evaluate(messages => (globalThis as unknown as Global).stage.heard(messages), seconds * perSecond)
      .finally(() => (isThrough = true));
    const flooding = flood(publisher);
    while (!isThrough) {
      await page.mouse.click(x + width / 2, y + height / 2);
      await firstValueFrom(timer(50));
    }
    const waits = await heard;
    flooding.unsubscribe();
    publisher.close();
    // how many there can be, the machine says: each is driven from outside, and waits for a frame
    expect(waits.length).to.be.above(1);
    expect(Math.max(...waits)).to.be.below(2_000);
  });
});
