/** What is known of a model's health without calling it. */
export interface ModelHealth {
  /** Whether calls are kept away from it; `owner` is whose key it would be called with. */
  isOpen(target: {
    readonly provider: string;
    readonly model: string;
    readonly owner?: string | undefined;
  }): boolean;
}
