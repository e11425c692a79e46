import { Controller, Inject, Injectable } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { type Observable, Subject, filter } from 'rxjs';
import type { MqttContext } from './library.js';

export interface Reading {
  readonly meter: string;
  readonly kWh: number;
}

/** What the meters have said. */
@Injectable()
export class Readings {
  readonly #latest = new Map<string, Reading>();
  readonly #added$ = new Subject<Reading>();

  add(reading: Reading): void {
    this.#latest.set(reading.meter, reading);
    this.#added$.next(reading);
  }

  latest(meter: string): Reading {
    const reading = this.#latest.get(meter);
    if (reading === undefined) throw new RpcException(`meter ${meter} has not said anything`);
    return reading;
  }

  added$(meter: string): Observable<Reading> {
    return this.#added$.pipe(filter(reading => reading.meter === meter));
  }
}

/** The microservice: it takes readings from meters, and answers what the last one was. */
@Controller()
export class MetersController {
  constructor(@Inject(Readings) private readonly readings: Readings) {}

  // a reading is acknowledged when this has returned; with { group: 'readings' }, each would go to one of several services
  @EventPattern<string>('meters/+id/reading')
  onReading(@Payload() kWh: unknown, @Ctx() { params }: MqttContext<{ id: string }>) {
    if (typeof kWh !== 'number') throw new RpcException('a reading is a number');
    this.readings.add({ meter: params.id, kWh });
  }

  @MessagePattern('meters/latest')
  latest(@Payload() meter: string): Reading {
    return this.readings.latest(meter);
  }
}
