/** The seeded walk of prices. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Market } from '../market.ts';

function walked(seed: number, steps: number): Market {
  const market = new Market(seed);
  for (let step = 0; step < steps; step++) market.step();
  return market;
}

describe('the market', () => {
  it('walks the same way for the same seed, and another for another', () => {
    assert.deepEqual(walked(7, 50).quotes(), walked(7, 50).quotes());
    assert.notDeepEqual(walked(7, 50).quotes(), walked(8, 50).quotes());
  });

  it('has eight symbols that begin without a change', () => {
    const quotes = new Market().quotes();
    assert.equal(new Set(quotes.map(({ symbol }) => symbol)).size, 8);
    assert.ok(quotes.every(({ change, price }) => change === 0 && price > 0));
  });

  it('says by how many per cent a price is off its first one', () => {
    const first = new Market(3).quotes();
    walked(3, 500)
      .quotes()
      .forEach(({ price, change }, index) => {
        const began = first[index]?.price ?? 0;
        // Both were rounded to two digits.
        assert.ok(Math.abs((price / began - 1) * 100 - change) < 0.12);
      });
  });

  it('neither dies out nor explodes in a day of ten steps a second', () => {
    for (const { price, change } of walked(1, 864_000).quotes()) {
      assert.ok(price > 0 && Math.abs(change) < 50, `${price} (${change} %)`);
    }
  });

  it('moves one price at a time when it is asked to, of the companies that it is given', () => {
    const market = new Market(1, { ONE: 10, TWO: 20 });
    const moved = market.move('ONE');
    assert.notEqual(moved.change, 0);
    assert.deepEqual(market.quotes(), [moved, { symbol: 'TWO', price: 20, change: 0 }]);
    assert.throws(() => market.move('NONE'), RangeError);
  });

  it('goes on from a price that was left, and not from what is none', () => {
    const market = new Market(1, { ONE: 10 });
    market.restore('ONE', 11);
    assert.deepEqual(market.quote('ONE'), { symbol: 'ONE', price: 11, change: 10 });
    for (const price of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) market.restore('ONE', price);
    assert.equal(market.quote('ONE').price, 11);
  });
});
