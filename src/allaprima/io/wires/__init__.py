"""Wires of a stage: OSC over UDP, and MIDI."""
