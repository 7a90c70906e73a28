/** What the page shows of one role. */
export interface View {
  readonly root: HTMLElement;
  /** Whether the window can be seen: then what comes is read. */
  visible: boolean;
  end(): void;
}
