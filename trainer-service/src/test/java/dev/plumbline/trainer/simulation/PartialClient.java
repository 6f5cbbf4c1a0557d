package dev.plumbline.trainer.simulation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;

/**
 * Lets an object with a few methods of a wide interface stand for all of it. A call of a method it lacks ends the
 * simulation, so that it cannot silently fall behind what the house uses.
 */
final class PartialClient {
    private PartialClient() {}

    /** @param part has public methods of the interface's names and parameters */
    static <T> T of(Class<T> type, Object part) {
        Map<Method, Method> known = new HashMap<>();
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    try {
                        return known.computeIfAbsent(method, called -> own(part, called))
                                .invoke(part, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    private static Method own(Object part, Method called) {
        try {
            Method own = part.getClass().getDeclaredMethod(called.getName(), called.getParameterTypes());
            own.setAccessible(true);
            return own;
        } catch (NoSuchMethodException e) {
            throw new UnsupportedOperationException(part.getClass().getSimpleName() + " has no " + called, e);
        }
    }
}
