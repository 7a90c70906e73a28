// What the page uses of Vega, so that types can be checked before it is installed.
declare module 'vega' {
  interface Runtime {
    readonly runtime: unique symbol;
  }
  export function parse(spec: object): Runtime;
  export class View {
    constructor(runtime: Runtime, options: { renderer: 'none' });
    toSVG(): Promise<string>;
    finalize(): this;
  }
}

declare module 'vega-lite' {
  export function compile(spec: object): { readonly spec: object };
}
