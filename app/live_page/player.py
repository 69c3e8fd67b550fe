"""What can be done with the running pipeline, and how it stands."""

from __future__ import annotations

from app.live_page.live_page import LivePage
from app.live_page.live_session import LiveSession, Phase
from mia_core.live.snapshot import PipelineState


class Player:
    """Pauses, steps and goes on with what the page shows."""

    def __init__(self, session: LiveSession, page: LivePage) -> None:
        self._session = session
        self._page = page

    @property
    def live(self) -> bool:
        """Whether there is a pipeline, and the page shows it already."""
        view = self._session.view
        return view.phase is Phase.LIVE and self._page.pipeline is view.pipeline

    @property
    def runs(self) -> bool:
        """Whether something is running or about to."""
        ended = self.live and self._state in (PipelineState.FAILED, PipelineState.FINISHED)
        return self._session.view.phase in (Phase.STARTING, Phase.LIVE) and not ended

    @property
    def paused(self) -> bool:
        """Whether the picture is held."""
        return self._state is PipelineState.PAUSED

    @property
    def _state(self) -> PipelineState | None:
        return self._page.snapshot.state if self._page.snapshot is not None else None

    def pause_or_resume(self) -> None:
        """Hold the picture, or go on."""
        pipeline = self._page.pipeline
        if pipeline is not None:
            if pipeline.snapshot().state is PipelineState.PAUSED:
                pipeline.resume()
            else:
                pipeline.pause()

    def step(self) -> None:
        """Show the next frame while paused."""
        pipeline = self._page.pipeline
        if pipeline is not None and pipeline.snapshot().state is PipelineState.PAUSED:
            pipeline.step_frame()
