-- First start only: the mail directory is a database of its own; `manage.py install_mail_directory` fills it.
CREATE DATABASE cloudpanel_mail;
