"""A hub that others wrote (Flask-WebSub), told of changes by its publisher: hub.py PORT."""
import logging
import pathlib
import sys
import tempfile

from celery import Celery
from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage

logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = Flask(__name__)
app.config["PUBLISH_SUPPORTED"] = True
# Without a broker, each task is done at once: the hub asks the callback before it has answered the subscriber.
celery = Celery("hub", broker="memory://")
celery.conf.task_always_eager = True
with tempfile.TemporaryDirectory() as folder:
    hub = Hub(SQLite3HubStorage(str(pathlib.Path(folder) / "hub.db")), celery, **app.config)
    app.register_blueprint(hub.build_blueprint(url_prefix="/hub"))
    app.add_url_rule("/healthz", view_func=lambda: "ok\n")
    app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
