"""From a study file to a published folder. The only place where everything meets.

``record`` is imported by itself when a run only has to find that nothing changed; it must stay
light.
"""
