package dev.plumbline.lm.text;

import org.mozilla.javascript.Context;
import org.mozilla.javascript.ContextFactory;
import org.mozilla.javascript.ScriptRuntime;
import org.mozilla.javascript.regexp.RegExpImpl;

/** Where JavaScript runs that does what a checkpoint's author wrote: in bounds, and without a way to the host. */
final class JinjaSandbox extends ContextFactory {
    /** Steps of the interpreter for one rendering, some seconds; a long conversation takes a thousandth. */
    static final long MAX_STEPS = 300_000_000;

    private static final int STEPS_BETWEEN_LOOKS = 100_000;
    private static final int MAX_DEPTH = 2_000;

    private static final JinjaSandbox SANDBOX = new JinjaSandbox();

    private JinjaSandbox() {}

    /** To be closed by the thread that enters. */
    static Context open() {
        return SANDBOX.enterContext();
    }

    @Override
    protected Context makeContext() {
        Context context = new Steps(this);
        context.setLanguageVersion(Context.VERSION_ECMASCRIPT);
        // Counts steps, bounds depth, and makes no classes, for which every framework has another class loader.
        context.setInterpretedMode(true);
        context.setInstructionObserverThreshold(STEPS_BETWEEN_LOOKS);
        context.setMaximumInterpreterStackDepth(MAX_DEPTH);
        context.setClassShutter(name -> false);
        // Found by the thread's context class loader otherwise, which need not know it.
        ScriptRuntime.setRegExpProxy(context, new RegExpImpl());
        return context;
    }

    @Override
    protected void observeInstructionCount(Context context, int count) {
        Steps steps = (Steps) context;
        steps.taken += count;
        if (steps.taken > MAX_STEPS) {
            throw new Exhausted();
        }
    }

    /** An error that no template can catch. */
    @SuppressWarnings("serial") // never written
    static final class Exhausted extends Error {}

    private static final class Steps extends Context {
        private long taken;

        Steps(ContextFactory factory) {
            super(factory);
        }
    }
}
