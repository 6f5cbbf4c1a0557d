package dev.plumbline.serving.settings;

import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.SmallRyeConfigBuilderCustomizer;

/** Every key under {@code plumbline.} is a setting of a service, or an error; but for the one that is the build's. */
public final class HouseNamespace implements SmallRyeConfigBuilderCustomizer {
    /** Where the golden numbers lie: given to the whole build, so that the services' tests see it as well. */
    private static final String GOLDEN_NUMBERS = "plumbline.vectors";

    @Override
    public void configBuilder(SmallRyeConfigBuilder builder) {
        builder.withMappingIgnore(GOLDEN_NUMBERS);
    }
}
