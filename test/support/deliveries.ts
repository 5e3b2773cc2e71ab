import type { Delivery, Outbox } from '../../src/store/store.ts'

/** Puts these in the place of what is stored of the same events and recipients. */
export async function writeDeliveries(outbox: Pick<Outbox, 'change'>, deliveries: readonly Delivery[]): Promise<void> {
  const of = ({ position, to }: Delivery) => deliveries.find(one => one.position === position && one.to === to)
  await outbox.change(deliveries, of)
}
