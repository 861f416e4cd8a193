"""Sources and sinks: pictures, video files, frame sequences, cameras and windows."""
